/// Something related to an account that is not deleted with it, because it may also serve others. It is reported and
/// left alone; an administrator has to decide about it.
package struct LeftBehind: Hashable, Sendable {
    /// In the order in which an account's findings are listed.
    package enum Kind: String, CaseIterable, Sendable {
        case gatewayLogin = "gateway_login"
        case gatewayEmail = "gateway_email"
        case gatewayAddress = "gateway_address"
        case gatewayUpstream = "gateway_upstream"
        case staticHost = "static_host"
        case apiKey = "api_key"
        case paymentToken = "payment_token"
        case hostsFile = "hosts_file"
    }

    package var type: Kind
    /// The username of the login, the UUID of the gateway's entry, the name of the application, API key, host or file,
    /// or the email of the payment token. Never a token or any other secret.
    package var identifier: String
    /// What was found, for readers.
    package var what: String

    package init(_ type: Kind, _ identifier: String, _ what: String) {
        (self.type, self.identifier, self.what) = (type, identifier, what)
    }

    /// All of it in one line.
    package var sentence: String { "\(type.label) \(identifier): \(what)" }
}

extension LeftBehind.Kind {
    package var label: String {
        switch self {
        case .gatewayLogin: "gateway login"
        case .gatewayEmail: "email that the gateway allows"
        case .gatewayAddress: "IP address of the gateway"
        case .gatewayUpstream: "gateway application"
        case .staticHost: "static DNS host"
        case .apiKey: "API key"
        case .paymentToken: "payment token"
        case .hostsFile: "hosts file"
        }
    }
}
