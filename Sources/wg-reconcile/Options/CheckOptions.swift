import Feed
import Glibc
import Reconcile
import Support

/// The options that a check uses, as far as they are given and valid.
struct CheckOptions {
    /// Findings about the configuration itself.
    private(set) var findings: [Finding] = []
    /// The inbox, where no single feed is named.
    private(set) var inboxDirectory: String?

    private static let subject = "configuration"

    /// Reads environment and file. An invalid value becomes a finding and is then ignored.
    ///
    /// - Returns: The command with the valid values.
    mutating func complete(_ command: CheckCommand) throws -> CheckCommand {
        var file: ConfigurationFile?
        do {
            file = try command.configurationFile()
        } catch let error as any ExplainedError {
            findings.append(.problem(Self.subject, error))
        }
        let settings: Settings
        do {
            settings = try Settings(file: file)
        } catch let error as any ExplainedError {
            findings.append(.problem(Self.subject, error))
            settings = try Settings()
        }
        if let file = settings.file {
            let count = file.forms.count
            findings.append(.ok(Self.subject, "\(file.path) is read: \(count) \(count == 1 ? "option" : "options")"))
        } else if findings.isEmpty {
            findings.append(.ok(Self.subject, "there is no file \(ConfigurationOptions.usualPath), and none is given"))
        }
        findings.append(.ok("user", "the check runs as user \(UserName.current)"))
        findings += settings.flaws().map { .problem(Self.subject, $0) }
        if let error = command.foreignFolder(settings) { findings.append(.problem(Self.subject, error)) }
        return try command.completed(by: settings).command
    }

    /// The options that a run would use. A missing path becomes a finding and an empty path.
    mutating func resolve(_ command: CheckCommand) throws -> Reconciliation.Options {
        var options = command.settled
        options.source = .deferred
        try find { check in
            switch try command.source.place() {
            case .feed(let path): options.source = .feed(path)
            case .inbox(let directory): check.inboxDirectory = directory
            }
        }
        try find { _ in _ = try command.database.path() }
        try find { _ in _ = try command.wireguard.directory() }
        try find { _ in if command.reports.reportDir == nil { throw MissingOptions("report-dir") } }
        try find { check in
            try command.apply(to: &options)
            // Options that conflict with an inbox give the same error as in a run. The folder is checked later.
            if check.inboxDirectory != nil { try command.requireFitForInbox(options) }
        }
        return options
    }

    /// An error of the body becomes a finding.
    private mutating func find(_ body: (inout CheckOptions) throws -> Void) throws {
        do {
            try body(&self)
        } catch let error as any ExplainedError {
            findings.append(.problem(Self.subject, error))
        }
    }
}

extension UserName {
    /// The name, if any, and the number of the user who runs this.
    fileprivate static var current: String {
        getpwuid(geteuid()).map { "\(String(cString: $0.pointee.pw_name)) (\(geteuid()))" } ?? "\(geteuid())"
    }
}
