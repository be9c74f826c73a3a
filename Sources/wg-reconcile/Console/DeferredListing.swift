import Feed
import Journal
import Report
import Support

/// The output of `deferred`: one line for each deferred removal.
struct DeferredListing {
    let list: DeferredList

    var text: String {
        guard !list.removals.isEmpty else { return "There are no deferred removals.\n" }
        let width = list.removals.map { min(48, printable($0.email).columns) }.max() ?? 0
        return list.removals.map { removal in
            let email = printable(removal.email).shortenedInTheMiddle(to: width).padded(to: width)
            let effective = (removal.effectiveAt?.text ?? "").padded(to: 20)
            return "\(effective)  \(email)  \(removal.isDue ? "due" : "waits")  "
                + "deferred by run \(removal.runID), entry \(removal.entry)\n"
        }.joined()
    }
}
