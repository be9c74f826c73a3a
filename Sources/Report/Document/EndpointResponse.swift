import Feed
import Journal
import Support

/// What `POST /remove_instances/` would have answered for an account, in the form that billing knows.
///
/// Only accounts that were worked on have a response: those removed, found absent, or failed in the database.
struct EndpointResponse: Hashable, Sendable {
    enum Member: String { case status, message, results }

    enum ResultsMember: String {
        case instanceIdentifier = "instance_identifier"
        case removedItems = "removed_items"
        case errors
    }

    enum Status: String, Sendable {
        case success
        case partialSuccess = "partial_success"
        case error
    }

    var status: Status
    var message: String
    var instanceIdentifier: String
    var removedItems: [RemovedItem]
    var errors: [String]

    /// - Parameter configsRegenerated: Whether the configs really were regenerated. Only then does the response contain
    ///   it, and never for an account that failed.
    init?(_ result: AccountResult, configsRegenerated: Bool) {
        switch result.outcome {
        case .removed: status = .success
        case .partiallyRemoved, .alreadyAbsent: status = .partialSuccess
        case .failed: status = .error
        // A merged account can have lost something on one host and be refused on another.
        case .skipped, .duplicate, .invalid, .refused, .unprocessed: return nil
        }
        let failed = result.outcome.isRolledBack
        guard failed || result.removal != nil else { return nil }
        let email = result.entry.email
        message = failed ? "Removal failed for \(email)" : "Removal completed for \(email)"
        instanceIdentifier = email
        // The removal of a failed account was rolled back, so the response lists no items.
        removedItems = failed ? [] : result.removal?.items ?? []
        if configsRegenerated && !failed {
            removedItems.append(RemovedItem(.configs, "regenerated"))
        }
        errors = result.errors
    }
}

extension JSONText {
    /// null for an account that was not worked on.
    mutating func value(_ response: EndpointResponse?) {
        guard let response else { return null() }
        object { json in
            json.member(EndpointResponse.Member.status, response.status.rawValue)
            json.member(EndpointResponse.Member.message, response.message)
            json.key(EndpointResponse.Member.results)
            json.object { json in
                json.member(EndpointResponse.ResultsMember.instanceIdentifier, response.instanceIdentifier)
                json.key(EndpointResponse.ResultsMember.removedItems)
                json.array { json in
                    for item in response.removedItems {
                        json.value(item)
                    }
                }
                json.key(EndpointResponse.ResultsMember.errors)
                json.array(of: response.errors)
            }
        }
    }

    mutating func value(_ item: RemovedItem) {
        object { json in
            json.member(RemovedItem.CodingKeys.type, item.type.rawValue)
            json.member(RemovedItem.CodingKeys.identifier, item.identifier)
            if item.type == .instance {
                json.member(RemovedItem.CodingKeys.peersRemoved, item.peersRemoved ?? 0)
            }
        }
    }
}
