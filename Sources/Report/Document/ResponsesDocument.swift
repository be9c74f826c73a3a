import Journal
import Support

/// What the endpoint would have answered, for programs that called it before: its response object for one account, or
/// an array of them.
package struct ResponsesDocument {
    private let responses: [EndpointResponse]
    private let isList: Bool

    /// - Parameters:
    ///   - isList: Whether to write an array, also for one account.
    ///   - configsRegenerated: As in ``RunRecord/configs``.
    package init(_ results: some Sequence<AccountResult>, isList: Bool, configsRegenerated: Bool) {
        responses = results.map { result in
            EndpointResponse(result, configsRegenerated: configsRegenerated) ?? EndpointResponse(notWorkedOn: result)
        }
        self.isList = isList
    }

    /// JSON, with a line end.
    package var bytes: [UInt8] {
        var json = JSONText()
        if isList {
            json.array(.lines) { json in for response in responses { json.value(response) } }
        } else {
            json.value(responses.first)
        }
        json.endLine()
        return json.bytes
    }
}

extension EndpointResponse {
    /// For an account of which nothing was touched: the endpoint's error, with the reasons.
    fileprivate init(notWorkedOn result: AccountResult) {
        status = .error
        message = "Removal failed for \(result.entry.email)"
        instanceIdentifier = result.entry.email
        removedItems = []
        errors = result.errors
    }
}
