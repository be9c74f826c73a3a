import Foundation
import SamplePlane
import Support
import Testing

/// What a run of a template's feed does that nobody interrupts, and every state of the database on the way: what
/// interrupted runs are measured against.
struct UndisturbedRun: Sendable {
    private(set) var template: BrokenTemplate
    /// The database before and after.
    let original: BrokenImage
    let image: BrokenImage
    let configs: [String: Data]
    let report: BrokenReport
    let exitStatus: Int32
    let seconds: Double
    /// The database after 0, 1, 2, … accounts.
    let steps: Set<BrokenImage.Step>

    static let standard = Result { try UndisturbedRun(BrokenTemplate.standard.get()) }

    init(_ template: BrokenTemplate) throws {
        var result: (BrokenImage, [String: Data], BrokenReport, Int32, Double)?
        var steps: Set<BrokenImage.Step> = []
        var original: BrokenImage?
        try withBrokenBench(template) { bench in
            original = try bench.image()
            let began = Date()
            let child = try bench.run(["--commit-every", "1", "--pause", "0"])
            guard case .exited(let status) = child.state else { throw BrokenChild.Failure(description: child.errors) }
            let seconds = Date().timeIntervalSince(began)
            result = (try bench.image(), try bench.configs(), try bench.latestReport(), status, seconds)
        }
        guard let result, let original else { throw BrokenChild.Failure(description: "no result") }
        self.template = template
        self.original = original
        steps.insert(original.step)
        (image, configs, report, exitStatus, seconds) = result
        for visit in 1...template.ended.count + 1 {
            try withBrokenBench(template) { bench in
                let child = try bench.runUntil(.committed, visit, ["--commit-every", "1", "--pause", "0"])
                child?.kill()
                steps.insert(try bench.image().step)
            }
        }
        self.steps = steps
    }

    /// The same of a database in WAL mode, in which the same happens.
    static let inWriteAheadMode = Result {
        var undisturbed = try standard.get()
        undisturbed.template = try undisturbed.template.inWriteAheadMode()
        return undisturbed
    }

    // MARK: Between the kill and the next run

    /// Expects what has to hold at any instant, whoever has been killed.
    ///
    /// - Parameter isWhole: whether a report that is there is that of the whole run.
    func expectNothingHalf(_ bench: BrokenBench, ofReports isWhole: Bool = true, _ comment: Comment) throws {
        let now = try bench.image()
        #expect(now.problems.isEmpty, comment)
        // An account is wholly there or wholly gone, and what is gone stands in the journal.
        #expect(steps.contains(now.step), comment)
        for account in template.ended {
            let rows = Self.rows(of: account, template.inventory, in: now)
            #expect(rows.isEmpty || rows == Self.rows(of: account, template.inventory, in: original), comment)
        }
        try expectWholeConfigs(bench)
        for (_, report) in try bench.publishedReports() {
            #expect(
                isWhole ? report.isSame(as: self.report) : report.outcomes.count == self.report.outcomes.count, comment)
        }
    }

    /// Expects every config to be the old one, the last one, or that of the accounts removed so far.
    func expectWholeConfigs(_ bench: BrokenBench) throws {
        let odd = try bench.configs().filter { name, content in
            !name.hasPrefix(".wg-reconcile-") && content != template.configs[name] && content != configs[name]
        }
        guard !odd.isEmpty else { return }
        let rendering = try bench.rendering()
        for (name, content) in odd { #expect(content == rendering[name], "\(name) is no whole rendering") }
    }

    /// The rows that name the account, its user's, its instances' or its peers' keys, or are its users' sessions; found
    /// without asking the program.
    private static func rows(
        of account: SampleAccount, _ inventory: SampleInventory, in image: BrokenImage
    ) -> [String] {
        let sessions = account.userIDs.flatMap { inventory.sessionKeysByUser[$0] ?? [] }
        let keys = account.instances.flatMap { [$0.uuid] + $0.peerUUIDs } + [account.groupUUID].compactMap(\.self)
        let marks = (keys + sessions).map { "'\($0)'" } + ["'\(account.email)'", "'\(account.email)_group'"]
        let users = Set(account.userIDs.map(String.init))
        return image.tables.sorted { $0.key < $1.key }.flatMap { table, rows in
            // The administrator's log of what was once done stays; it names things in passing.
            table == "django_admin_log"
                ? []
                : rows.filter { row in
                    marks.contains { row.contains($0) }
                        || (table == "auth_user" && users.contains(String(row.prefix { $0 != "," })))
                }
        }
    }

    // MARK: At the end

    /// Expects that the run, continued as often as it took, came to the undisturbed run's end.
    ///
    /// - Parameter reports: how many there are: one more for each run that the journal could not be told of.
    func expectSameEnd(_ bench: BrokenBench, _ child: BrokenChild, reports: Int = 1, _ comment: Comment) throws {
        #expect(child.state == .exited(exitStatus), "\(comment): \(child.errors.suffix(1_500))")
        let now = try bench.image()
        #expect(now.changes(since: image) == [], comment)
        #expect(now == image, comment)
        #expect(try bench.configs() == configs, comment)
        let report = try bench.latestReport()
        #expect(report.isSame(as: self.report), comment)
        #expect(now.runIDs == [report.runID], comment)
        #expect(try bench.publishedReports().count == reports, comment)
        #expect(try bench.leftovers() == [], comment)
    }

    /// Runs the feed again after a kill, and expects the undisturbed run's end. Where the killed run had come to its
    /// end already, this is a new run, which finds everything done.
    func expectHealed(
        _ bench: BrokenBench, with more: [String] = ["--pause", "0"], reports count: Int = 1, _ comment: Comment
    ) throws {
        let before = try bench.image()
        let journaled = before.runIDs
        let wasComplete = before.runs.contains { $0.hasSuffix(" complete") }
        let child = try bench.run(more)
        guard wasComplete else {
            try expectSameEnd(bench, child, reports: count, comment)
            // A run that had been entered in the journal keeps its id.
            if let id = journaled.first { #expect(try bench.latestReport().runID == id, comment) }
            return
        }
        #expect(child.state == .exited(exitStatus), comment)
        let now = try bench.image()
        #expect(now.tables == image.tables && now.outcomes == image.outcomes, comment)
        #expect(try bench.configs() == configs, comment)
        let reports = try bench.publishedReports()
        #expect(reports.count == 2 && reports[journaled[0]]?.isSame(as: report) == true, comment)
        #expect(try bench.latestReport().count("already_absent") == template.ended.count + 1, comment)
        #expect(try bench.leftovers() == [], comment)
    }
}
