import Foundation

extension UndisturbedRun {
    /// What a power loss has to leave alone and has not; empty where the next run can go on.
    func faults(on bench: BrokenBench) -> [String] {
        do {
            return try faults(on: bench, bench.image())
        } catch {
            return ["\(error)"]
        }
    }

    /// - Parameter now: its database.
    func faults(on bench: BrokenBench, _ now: BrokenImage) throws -> [String] {
        var faults = now.problems
        if !steps.contains(now.step) { faults.append("the database is in no state that a run goes through") }
        let reports = try bench.publishedReports()
        if !reports.isEmpty && now.tables != image.tables {
            faults.append("a report says of an account that it is gone, and it is there")
        }
        if reports.values.contains(where: { !$0.isSame(as: report) }) {
            faults.append("a report in place is not that of the whole run")
        }
        if now.runs.contains(where: { $0.hasSuffix(" complete") }) && reports.isEmpty {
            faults.append("the journal calls the run complete, and there is no report")
        }
        for id in reports.keys { faults += try Self.faults(ofReportIn: bench.reports + "/" + id) }
        return faults + (try Self.faults(ofLinkAt: bench.reports + "/latest"))
    }

    private static func faults(ofReportIn folder: String) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        guard names == ["accounts.csv", "report.html", "report.json"] else { return ["a report consists of \(names)"] }
        let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        var faults = page.hasSuffix("</html>\n") && !page.contains("\0") ? [] : ["a report's page is not whole"]
        for path in [folder] + names.map({ folder + "/" + $0 }) {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            if mode != (path == folder ? 0o750 : 0o640) { faults.append("\(path) has the mode \(mode ?? 0)") }
        }
        return faults
    }

    private static func faults(ofLinkAt path: String) throws -> [String] {
        // Nothing there is no fault: `latest` comes after the report.
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return [] }
        return FileManager.default.fileExists(atPath: path) ? [] : ["latest leads to \(target), which is not there"]
    }
}
