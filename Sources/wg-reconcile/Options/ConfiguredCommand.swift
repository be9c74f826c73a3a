import ArgumentParser
import Feed
import Support

/// A command whose options can also be given in the environment, and in the configuration file if it is a
/// ``FileConfiguredCommand``.
///
/// The command line is parsed by itself, which says where the configuration file is, and then, if environment or file
/// have options, together with these. ``perform(_:)`` is called with the second result, so a property with an
/// option has its value wherever it was given.
protocol ConfiguredCommand: ParsableCommand {
    var logging: LoggingOptions { get }
    /// Whether the command line has a value for the option that has no name.
    var hasOperand: Bool { get }

    /// Does the command's work.
    func perform(_ console: Console) throws
    /// Ends the command because of a name in the environment or the file that is no option, or of a value that its
    /// option does not take.
    func refuse(_ flaw: any ExplainedError, _ console: Console) throws
}

/// A command that writes configs from a database.
protocol PlacedCommand: FileConfiguredCommand {
    var database: DatabaseOptions { get }
    var wireguard: WireGuardOptions { get }
}

/// A command that reads the configuration file.
protocol FileConfiguredCommand: ConfiguredCommand {
    var file: ConfigurationOptions { get }
}

extension FileConfiguredCommand {
    /// The file that the command line or the environment names, or the default one.
    ///
    /// - Returns: nil where none is named and the default one does not exist.
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedConfiguration``.
    func configurationFile() throws -> ConfigurationFile? {
        var options = file
        options.config = try options.config ?? Settings().text(of: "config")
        return try options.file()
    }
}

extension ConfiguredCommand {
    var hasOperand: Bool { false }

    func refuse(_ flaw: any ExplainedError, _ console: Console) throws { throw flaw }

    func run() throws {
        var (command, flaws) = (self, [any ExplainedError]())
        let console = try Console.open {
            let settings = try Settings(file: (self as? any FileConfiguredCommand)?.configurationFile())
            let (completed, wrong) = try self.completed(by: settings)
            (command, flaws) = (completed, settings.unknown + wrong)
            if let folder = foreignFolder(settings) { flaws.append(folder) }
            return command.logging
        }
        try console.reportingErrors {
            if let flaw = flaws.first { try command.refuse(flaw, console) }
            try command.perform(console)
        }
    }

    /// See ``Settings/foreignFolder(besides:)``. Call it on the command as the command line alone gives it.
    func foreignFolder(_ settings: Settings) -> ForeignFolder? {
        (self as? any PlacedCommand).flatMap { command in
            settings.foreignFolder(besides: (command.database.database, command.wireguard.wireguardDir))
        }
    }

    /// The command with the options that are not on the command line.
    ///
    /// - Returns: Also the values that their options do not take. These options are left out.
    func completed(
        by settings: Settings, _ arguments: [String] = CommandLine.arguments
    ) throws -> (command: Self, flaws: [WrongSetting]) {
        let given = Array(arguments.drop { $0 != Self._commandName }.dropFirst())
        let named = Self.options.filter { option in
            option.form == .positional ? hasOperand : option.isNamed(in: given)
        }
        let answers = settings.answers(for: Self.options, besides: Set(named.map(\.name)))
        if answers.options.isEmpty && answers.operands.isEmpty { return (self, answers.flaws) }
        // The value of an operand may begin with a dash.
        let separator = answers.operands.isEmpty || given.contains("--") ? [] : ["--"]
        return (try Self.parse(answers.options + given + separator + answers.operands), answers.flaws)
    }
}

// MARK: All commands

extension WGReconcile {
    /// The options of all commands, each once, in the order of the help.
    static let allOptions: [DeclaredOption] = {
        var options: [DeclaredOption] = []
        for case let command as any ConfiguredCommand.Type in configuration.subcommands {
            for option in command.options {
                guard let known = options.firstIndex(where: { $0.name == option.name }) else {
                    options.append(option)
                    continue
                }
                // What one command reads from the file is no unknown key for the others.
                if option.sources == .environmentAndFile { options[known] = option }
            }
        }
        return options
    }()

    /// The options that a variable can give.
    static var variableNames: [OptionName] { allOptions.filter { $0.sources != .none }.map(\.name) }
    /// The options that the configuration file can give.
    static var keyNames: [OptionName] { allOptions.filter { $0.sources == .environmentAndFile }.map(\.name) }
    static var commandLineOnly: [OptionName] { allOptions.filter { $0.sources == .none }.map(\.name) }
}
