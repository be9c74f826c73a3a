import ControlPlane
import Feed
import Journal
import Support

/// An open `report.json` of one host: the facts of its run, and its accounts one by one.
///
/// A report can have a million accounts, so it is never read whole. This relies on the layout that wg-reconcile writes,
/// one account per line, and checks it.
final class HostReport {
    /// The path of the file.
    let path: String
    /// The host's name in the merged report.
    let name: String
    var run: ReportedRun { head.run }
    private let lines: ReportLines
    private let head: ReportHead
    private let start: Start

    /// The start of the file, up to the first account.
    private struct Start {
        /// The document so far, closed as if it had no accounts.
        var document: [UInt8] = []
        var lineCount = 0
        var hasAccounts = true
    }

    /// How many accounts have been read.
    private var walked = 0
    private var commaFollows = true
    private var counts = EntryCounts()
    private var deferredCounts = EntryCounts()

    /// Opens a report and reads what precedes its accounts.
    ///
    /// - Throws: ``ReportUnreadable`` or ``ReportRefusal``.
    init(_ argument: ReportArgument) throws {
        path = try argument.file()
        do {
            lines = try ReportLines(path)
            start = try Self.readStart(lines)
            head = try ReportHead(reading: start.document)
        } catch let failure as FileFailure {
            throw ReportUnreadable(failure)
        } catch let flaw as ReportFlaw {
            throw ReportRefusal(path, flaw)
        }
        name = argument.host ?? head.run.host
    }

    private static func readStart(_ lines: ReportLines) throws -> Start {
        var start = Start()
        while let line = try lines.next() {
            start.document += line
            start.lineCount += 1
            if line.elementsEqual(#"  "accounts": ["#.utf8) || line.elementsEqual(#"  "accounts": []"#.utf8) {
                start.hasAccounts = line.last != UInt8(ascii: "]")
                start.document += (start.hasAccounts ? "]}" : "}").utf8
                return start
            }
            start.document.append(.lineFeed)
        }
        throw start.document.isEmpty
            ? ReportFlaw.notWhole("the report is empty")
            : ReportFlaw.notWhole("it is not a report in the form that wg-reconcile writes")
    }

    // MARK: Accounts

    /// Goes back to the first account.
    func rewind() throws(ReportUnreadable) {
        do throws(FileFailure) {
            try lines.rewind()
            for _ in 0..<start.lineCount { _ = try lines.next() }
        } catch {
            throw ReportUnreadable(error)
        }
        (walked, commaFollows, counts, deferredCounts) = (0, true, EntryCounts(), EntryCounts())
    }

    /// The next account. Nil after the last one, once the end of the report has been checked.
    ///
    /// - Parameter known: Accounts with the lines they were read from. Most lines are the same on several hosts and
    ///   need not be parsed again.
    /// - Throws: ``ReportUnreadable`` or ``ReportRefusal``.
    func nextAccount(known: inout [(line: [UInt8], account: AccountResult)]) throws -> AccountResult? {
        do {
            guard let line = try nextLine() else {
                try checkTotals()
                return nil
            }
            var account: AccountResult
            if let same = known.first(where: { $0.line == line }) {
                account = same.account
            } else {
                account = try AccountLine.read(line)
                known.append((line, account))
            }
            account.isFirstSeenNow = account.firstSeen.map { $0 >= run.startedAt } ?? false
            walked += 1
            guard account.entry.number == walked else {
                throw ReportFlaw.wrong("entry", expected: "\(walked), as the order of the feed has it")
            }
            guard (account.entry.deferral == nil) == (walked <= run.feed.entries) else {
                throw ReportFlaw.wrong("deferred_from", expected: "null for entries of the feed, and set after them")
            }
            if account.entry.deferral == nil {
                counts[account.outcome] += 1
            } else {
                deferredCounts[account.outcome] += 1
            }
            return account
        } catch let failure as FileFailure {
            throw ReportUnreadable(failure)
        } catch let flaw as ReportFlaw {
            throw ReportRefusal(path, flaw, line: lines.number)
        } catch let flaw as FeedFlaw {
            throw ReportRefusal(path, .notWhole(flaw.reason.text), line: lines.number)
        }
    }

    /// The line of the next account without its comma; nil at the end.
    private func nextLine() throws -> [UInt8]? {
        guard start.hasAccounts else {
            try requireEnd()
            return nil
        }
        guard var line = try lines.next() else { throw ReportFlaw.truncated }
        if line.elementsEqual("  ]".utf8) {
            guard !commaFollows || walked == 0 else { throw ReportFlaw.notWhole("an account is missing here") }
            try requireEnd()
            return nil
        }
        guard commaFollows else { throw ReportFlaw.notWhole("the accounts should end here") }
        commaFollows = line.last == UInt8(ascii: ",")
        if commaFollows { line.removeLast() }
        return line
    }

    private func requireEnd() throws {
        guard let line = try lines.next() else { throw ReportFlaw.truncated }
        guard line.elementsEqual("}".utf8) else { throw ReportFlaw.notWhole("the report should end here") }
        guard try lines.next() == nil else { throw ReportFlaw.notWhole("text after the end of the report") }
    }

    private func checkTotals() throws {
        guard walked == run.feed.entries + head.deferredCounts.entries else {
            throw ReportFlaw.notWhole(
                "run.feed.entries says \(run.feed.entries), but the number of accounts is \(walked)")
        }
        for (prefix, said, found) in [("", head.counts, counts), ("deferred.", head.deferredCounts, deferredCounts)] {
            for outcome in Outcome.allCases where said[outcome] != found[outcome] {
                throw ReportFlaw.notWhole(
                    "summary.\(prefix)\(outcome.rawValue) says \(said[outcome]), but the number of such accounts is "
                        + "\(found[outcome])")
            }
        }
    }

    // MARK: The same report twice

    /// SHA-256 of the whole file.
    func digest() throws(ReportUnreadable) -> [UInt8] {
        var hash = SHA256()
        do throws(FileFailure) {
            try lines.rewind()
            while let line = try lines.next() { hash.update(line + [.lineFeed]) }
        } catch {
            throw ReportUnreadable(error)
        }
        return hash.finalize()
    }
}
