import Glibc
import Reconcile

/// What a check would run with, as far as it is given and right.
struct CheckOptions {
    /// What the configuration itself has to be told of.
    private(set) var findings: [Finding] = []
    /// For the log of the check.
    let settings: Settings

    private static let subject = "configuration"

    /// Reads environment and file; what is wrong becomes a finding and is then passed over.
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

    /// What the night would run with; a path that nobody gives is a finding, and empty.
    mutating func resolve(_ run: RunOptions, _ pace: PaceOptions) throws -> Reconciliation.Options {
        let settings = settings
        var options = Reconciliation.Options(
            feedPath: try path(.feed) { try run.feed ?? settings.value(.feed) },
            databasePath: try path(.database) { try run.database.path(settings) },
            wireguardDirectory: try path(.wireguardDir) { try run.wireguard.directory(settings) },
            reportDirectory: try path(.reportDir) { try run.reportDir ?? settings.value(.reportDir) },
            programVersion: ProgramVersion.current)
        options.mtu = try run.wireguard.mtu(settings)
        options.busyTimeout = try run.database.timeout(settings)
        options.feedFormat = try run.format ?? settings.value(.format)
        try pace.apply(to: &options, settings)
        do {
            try run.guards.apply(to: &options, run.database, settings)
        } catch let error as MissingOption {
            findings.append(.problem(Self.subject, error))
        }
        options.live = try run.live.access(settings, trust: options.databaseTrust)
        return options
    }

    private mutating func path(_ option: OptionName, _ value: () throws -> String?) throws -> String {
        do {
            if let path = try value(), !path.isEmpty { return path }
            findings.append(.problem(Self.subject, MissingOption(option: option)))
        } catch let error as MissingOption {
            findings.append(.problem(Self.subject, error))
        }
        return ""
    }
}

extension UserName {
    /// The name of the user who runs this, where it has one, and the number.
    fileprivate static var current: String {
        getpwuid(geteuid()).map { "\(String(cString: $0.pointee.pw_name)) (\(geteuid()))" } ?? "\(geteuid())"
    }
}
