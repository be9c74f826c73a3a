import Feed
import GRDB
import Support

/// Every row that may belong to an account but is not deleted with it, by email or address. Read in one pass over each
/// table; most databases have only some of these tables.
package struct LeftBehindRows: Sendable {
    /// A row that belongs to an account if its address was one of the account's.
    package struct AtAddress: Sendable {
        package var address: IPPrefix
        package var found: LeftBehind
    }

    /// Tables whose rows are matched to accounts by address.
    package static let tablesWithAddresses = [
        "gatekeeper_gatekeeperipaddress", "app_gateway_application", "dns_statichost",
    ]

    private var byEmail: [Mailbox: [LeftBehind]] = [:]
    /// Rows of the gateway, by the email in lower case. The gateway's providers may spell an email in their own way, and
    /// these rows are only named.
    private var byLowercasedEmail: [Mailbox: [LeftBehind]] = [:]
    package private(set) var atAddresses: [AtAddress] = []
    /// Whether the application writes a hosts file for every instance.
    package let hasHostsFiles: Bool

    package init(reading db: Database, schema: ControlPlaneSchema) throws {
        hasHostsFiles = schema.has("dns_peerhostnamemapping")
        try readLogins(db, schema)
        try readAllowedEmails(db, schema)
        try readAllowedAddresses(db, schema)
        let hosts = try readStaticHosts(db, schema)
        try readUpstreams(db, schema, hosts)
        try readAPIKeys(db, schema)
        try readPaymentTokens(db, schema)
    }

    /// The rows with this email.
    package func found(of email: String) -> [LeftBehind] {
        let lowercased = byLowercasedEmail.isEmpty ? nil : Mailbox(email.lowercased())
        let exact = byEmail.isEmpty ? nil : Mailbox(email)
        return (lowercased.flatMap { byLowercasedEmail[$0] } ?? []) + (exact.flatMap { byEmail[$0] } ?? [])
    }

    private mutating func enter(_ found: LeftBehind, of email: String) { Self.enter(found, of: email, in: &byEmail) }

    private mutating func enter(_ found: LeftBehind, ofEmailInAnyCase email: String) {
        Self.enter(found, of: email.lowercased(), in: &byLowercasedEmail)
    }

    private static func enter(_ found: LeftBehind, of email: String, in rows: inout [Mailbox: [LeftBehind]]) {
        guard let mailbox = Mailbox(email.trimmed) else { return }
        if rows[mailbox]?.contains(found) != true { rows[mailbox, default: []].append(found) }
    }

    // MARK: The gateway

    private mutating func readLogins(_ db: Database, _ schema: ControlPlaneSchema) throws {
        let table = "gatekeeper_gatekeeperuser"
        guard schema.has(table, columns: ["username"]) else { return }
        let email = schema.column("email", of: table)
        try HeldStatement(db, sql: "SELECT username, \(email) FROM \(table) ORDER BY rowid").forEachRow { row in
            let name = row.text(0) ?? ""
            enter(LeftBehind(.gatewayLogin, name, "has the account's email as its username"), ofEmailInAnyCase: name)
            guard let email = row.text(1), email.lowercased() != name.lowercased() else { return }
            enter(LeftBehind(.gatewayLogin, name, "has the account's email"), ofEmailInAnyCase: email)
        }
    }

    private mutating func readAllowedEmails(_ db: Database, _ schema: ControlPlaneSchema) throws {
        let table = "gatekeeper_authmethodallowedemail"
        guard schema.has(table, columns: ["uuid", "email"]) else { return }
        let sql = "SELECT uuid, email, \(schema.authMethod(of: table)) FROM \(table) AS own ORDER BY rowid"
        try HeldStatement(db, sql: sql).forEachRow { row in
            let place = row.text(2).map { " by the method \($0)" } ?? ""
            enter(
                LeftBehind(.gatewayEmail, (row.text(0) ?? "").hyphenatedUUID, "may log in\(place)"),
                ofEmailInAnyCase: row.text(1) ?? "")
        }
    }

    /// An administrator who allows a customer's own address may note the customer's email as its description.
    private mutating func readAllowedAddresses(_ db: Database, _ schema: ControlPlaneSchema) throws {
        let table = "gatekeeper_gatekeeperipaddress"
        guard schema.has(table, columns: ["uuid", "address"]) else { return }
        let columns = ["prefix_length", "action", "description"].map { schema.column($0, of: table) }
        let sql = """
            SELECT uuid, address, \(columns.joined(separator: ", ")), \(schema.authMethod(of: table))
            FROM \(table) AS own ORDER BY rowid
            """
        try HeldStatement(db, sql: sql).forEachRow { row in
            let length = row.isInteger(2) ? "/\(row.integer(2))" : ""
            let address = (row.text(1) ?? "").trimmed + length
            let place = row.text(5).map { " in the method \($0)" } ?? ""
            let found = LeftBehind(
                .gatewayAddress, (row.text(0) ?? "").hyphenatedUUID, "\(row.text(3) ?? "allow") \(address)\(place)")
            enter(found, of: row.text(4) ?? "")
            if let address = HeldAddresses.prefix(address) {
                atAddresses.append(AtAddress(address: address, found: found))
            }
        }
    }

    private mutating func readUpstreams(
        _ db: Database, _ schema: ControlPlaneSchema, _ hosts: [String: IPPrefix]
    ) throws {
        let table = "app_gateway_application"
        guard schema.has(table, columns: ["name", "upstream"]) else { return }
        try HeldStatement(db, sql: "SELECT name, upstream FROM \(table) ORDER BY rowid").forEachRow { row in
            guard let host = UpstreamHost.name(in: row.text(1) ?? ""),
                let address = HeldAddresses.prefix(host) ?? hosts[host.asciiLowercased]
            else { return }
            let found = LeftBehind(.gatewayUpstream, row.text(0) ?? "", "its upstream leads to \(host)")
            atAddresses.append(AtAddress(address: address, found: found))
        }
    }

    // MARK: Others

    /// - Returns: the hosts' addresses, by host name in lower case.
    private mutating func readStaticHosts(_ db: Database, _ schema: ControlPlaneSchema) throws -> [String: IPPrefix] {
        let table = "dns_statichost"
        var addresses: [String: IPPrefix] = [:]
        guard schema.has(table, columns: ["hostname", "ip_address"]) else { return addresses }
        try HeldStatement(db, sql: "SELECT hostname, ip_address FROM \(table) ORDER BY rowid").forEachRow { row in
            guard let name = row.text(0), let text = row.text(1)?.trimmed,
                let address = HeldAddresses.prefix(text)
            else { return }
            addresses[String(UpstreamHost.withoutFinalDot(name.trimmed[...])).asciiLowercased] = address
            let found = LeftBehind(.staticHost, name, "leads to \(text)")
            atAddresses.append(AtAddress(address: address, found: found))
        }
        return addresses
    }

    private mutating func readAPIKeys(_ db: Database, _ schema: ControlPlaneSchema) throws {
        let table = "api_v2_apikey"
        guard schema.has(table, columns: ["name"]) else { return }
        let enabled = schema.column("enabled", of: table)
        try HeldStatement(db, sql: "SELECT name, \(enabled) FROM \(table) ORDER BY rowid").forEachRow { row in
            let name = row.text(0) ?? ""
            let state = row.isInteger(1) ? (row.integer(1) == 0 ? "; disabled" : "; enabled") : ""
            enter(LeftBehind(.apiKey, name, "has the account's email as its name\(state)"), of: name)
        }
    }

    /// The token is the row's key and a secret, so the row is identified by its email.
    private mutating func readPaymentTokens(_ db: Database, _ schema: ControlPlaneSchema) throws {
        let table = "orders_paymenttoken"
        guard schema.has(table, columns: ["email"]) else { return }
        let columns = ["created_at", "is_used"].map { schema.column($0, of: table) }.joined(separator: ", ")
        try HeldStatement(db, sql: "SELECT email, \(columns) FROM \(table) ORDER BY rowid").forEachRow { row in
            let email = row.text(0) ?? ""
            let created = row.text(1).map { " of \($0)" } ?? ""
            let state = row.isInteger(2) ? (row.integer(2) == 0 ? ", not used" : ", used") : ""
            enter(LeftBehind(.paymentToken, email, "a token\(created)\(state)"), of: email)
        }
    }
}

extension ControlPlaneSchema {
    /// The column, or NULL if the table has no column of this name. Both names are constants of this program.
    fileprivate func column(_ name: String, of table: String) -> String { has(table, columns: [name]) ? name : "NULL" }

    /// The name of the authentication method that a row of `table AS own` belongs to.
    fileprivate func authMethod(of table: String) -> String {
        guard has(table, columns: ["auth_method_id"]), has("gatekeeper_authmethod", columns: ["id", "name"]) else {
            return "NULL"
        }
        return "(SELECT name FROM gatekeeper_authmethod WHERE id = own.auth_method_id)"
    }
}
