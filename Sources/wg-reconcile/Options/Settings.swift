import ArgumentParser
import Feed
import Foundation
import Support

/// Values for options that are not on the command line. They come from the environment first, then from the
/// configuration file.
struct Settings {
    /// The first source that has an option decides.
    private let sources: [SettingsSource]
    /// The configuration file, if there is one.
    let file: ConfigurationFile?
    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment, file: ConfigurationFile? = nil) throws {
        self.environment = environment
        self.file = file
        sources =
            try [SettingsSource(environment: environment)] + [file].compactMap { $0 }.map { try SettingsSource($0) }
    }

    /// What a source says of the options of a command.
    struct Answers {
        /// The options as they would stand on the command line.
        var options: [String] = []
        /// The values that would stand there without a name.
        var operands: [String] = []
        /// Values that their options do not take. They have no argument.
        var flaws: [WrongSetting] = []
    }

    /// The values of options that are not on the command line.
    ///
    /// - Parameter given: The options on the command line.
    func answers(for options: [DeclaredOption], besides given: Set<OptionName>) -> Answers {
        var answers = Answers()
        var settled = given
        var overridden: Set<OptionName> = []
        for source in sources {
            overridden.formUnion(SourceOfFeeds.overridden(by: settled))
            var found: Set<OptionName> = []
            for option in options where !settled.contains(option.name) && !overridden.contains(option.name) {
                do throws(WrongSetting) {
                    let texts = try source.checkedTexts(of: option)
                    guard !texts.isEmpty else { continue }
                    let arguments = texts.flatMap(option.argument)
                    if option.form == .positional {
                        answers.operands += arguments
                    } else {
                        answers.options += arguments
                    }
                    found.insert(option.name)
                } catch {
                    answers.flaws.append(error)
                }
            }
            settled.formUnion(found)
        }
        return answers
    }

    /// The value of an option from the first source that has it; nil where none has, or a wrong one.
    func text(of option: OptionName) -> String? { sources.lazy.compactMap { $0.text(of: option) }.first }

    /// Why the folder of the configs must not be taken from the environment or the file: the same source names another
    /// database than the one that goes before it. The folder is that other database's, and a run would write every
    /// customer's key into it.
    ///
    /// - Parameter given: what the command line says.
    func foreignFolder(besides given: (database: String?, wireguardDir: String?)) -> ForeignFolder? {
        if given.wireguardDir != nil { return nil }
        var database = given.database
        for source in sources {
            let its = source.text(of: "database")
            if let folder = source.text(of: "wireguard-dir") {
                guard let database, let its, !Self.isSame(database, its) else { return nil }
                return ForeignFolder(place: source.place(of: "wireguard-dir"), folder: folder, of: its, not: database)
            }
            database = database ?? its
        }
        return nil
    }

    private static func isSame(_ path: String, _ other: String) -> Bool {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        return resolved(path) == resolved(other)
    }

    // MARK: All of them

    /// All unknown names and invalid values in the environment and the file, even if they are overridden.
    func flaws() -> [any ExplainedError] { unknown + wrong }

    /// Names that are no option. They end a command: otherwise a misspelt guard would go unnoticed.
    var unknown: [UnknownSetting] {
        let variables = OptionVariables.unknown(in: environment, besides: WGReconcile.variableNames)
        let keys = Set(WGReconcile.keyNames.map(\.text))
        return variables.map { UnknownSetting(.variable($0)) }
            + (file.map { file in
                file.forms.keys.filter { !keys.contains($0) }.sorted().map { UnknownSetting(.key($0, file: file.path)) }
            } ?? [])
    }

    private var wrong: [WrongSetting] {
        sources.flatMap { source in
            WGReconcile.allOptions.compactMap { option in
                do throws(WrongSetting) {
                    _ = try source.checkedTexts(of: option)
                    return nil
                } catch {
                    return error
                }
            }
        }
    }
}
