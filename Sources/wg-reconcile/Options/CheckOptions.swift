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
    /// Environment and file, without invalid values.
    let settings: Settings

    private static let subject = "configuration"

    /// Reads environment and file. An invalid value becomes a finding and is then ignored.
    init(_ configuration: ConfigurationOptions) throws {
        var file: ConfigurationFile?
        do {
            file = try configuration.file()
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
            findings.append(.ok(Self.subject, "there is no file \(ConfigurationOptions.usualPath), and none is named"))
        }
        findings.append(.ok("user", "this is looked at as user \(UserName.current)"))
        findings += settings.flaws().map { .problem(Self.subject, $0) }
        self.settings = settings.withoutFlaws()
    }

    /// The options that a run would use. A missing path becomes a finding and an empty path.
    mutating func resolve(_ run: RunOptions, _ pace: PaceOptions) throws -> Reconciliation.Options {
        let settings = settings
        var options = Reconciliation.Options(
            feedPath: nil,
            databasePath: try path(.database) { _ in try run.database.path(settings) },
            wireguardDirectory: try path(.wireguardDir) { _ in try run.wireguard.directory(settings) },
            reportDirectory: try path(.reportDir) { _ in try run.reportDir ?? settings.value(.reportDir) },
            programVersion: ProgramVersion.current)
        let feed = try path(.feed) { try $0.feed(run) }
        options.feedPath = feed.isEmpty ? nil : feed
        options.mtu = try run.wireguard.mtu(settings)
        options.keepsFirewall = try run.wireguard.keepsFirewall(settings)
        options.busyTimeout = try run.database.timeout(settings)
        options.acceptedColumns = try run.database.acceptedColumns(settings)
        options.feedFormat = try run.feedFormat(settings)
        try pace.apply(to: &options, settings)
        do {
            try run.layout.apply(to: &options, run.database, settings)
            try run.guards.apply(to: &options, run.database, settings)
            // Options that conflict with an inbox give the same error as in a run. The folder is checked later.
            if inboxDirectory != nil { try run.requireFitForInbox(options) }
        } catch let error as any ExplainedError {
            findings.append(.problem(Self.subject, error))
        }
        options.live = try run.live.access(settings, trust: options.databaseTrust)
        options.workersTimeLimit = try run.live.workersTimeLimit(settings)
        return options
    }

    /// - Returns: nil where an inbox is given instead.
    private mutating func feed(_ run: RunOptions) throws -> String? {
        switch try run.source(settings) {
        case .feed(let path): return path
        case .inbox(let directory):
            inboxDirectory = directory
            return nil
        }
    }

    private mutating func path(
        _ option: OptionName, _ value: (inout CheckOptions) throws -> String?
    ) throws -> String {
        do {
            if let path = try value(&self), !path.isEmpty { return path }
            if option != .feed || inboxDirectory == nil { throw MissingOption(option: option) }
        } catch let error as any ExplainedError {
            findings.append(.problem(Self.subject, error))
        }
        return ""
    }
}

extension UserName {
    /// The name, if any, and the number of the user who runs this.
    fileprivate static var current: String {
        getpwuid(geteuid()).map { "\(String(cString: $0.pointee.pw_name)) (\(geteuid()))" } ?? "\(geteuid())"
    }
}
