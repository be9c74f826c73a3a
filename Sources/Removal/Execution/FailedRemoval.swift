import GRDB
import Journal

extension AccountResult {
    /// The result of an account whose removal was rolled back because of this error, with a message for readers.
    init(of due: Removal.DueAccount, failedWith error: any Error) {
        if case AccountsRemoval.Refusal.refused(let reason) = error {
            self.init(entry: due.entry, outcome: .refused, errors: [reason])
        } else {
            self.init(entry: due.entry, outcome: .failed, errors: [Self.sentence(on: error) + "; rolled back"])
        }
    }

    private static func sentence(on error: any Error) -> String {
        switch error {
        case AccountsRemoval.Refusal.danglingReferences(let table):
            "deleting from \(table) would leave references to it dangling"
        case AccountsRemoval.Refusal.rowsRemain(let table):
            "a row of \(table) was still there after it was deleted"
        case AccountsRemoval.Refusal.rowOfNobody(let table):
            "a row of \(table) would have been deleted, and it is unknown whose it is"
        case let error as DatabaseError:
            "the database refused: \(error.message ?? "error \(error.extendedResultCode.rawValue)")"
        case let error as AccessRestrictions.NotKept: "others would have gained access: \(error)"
        default: "\(error)"
        }
    }
}
