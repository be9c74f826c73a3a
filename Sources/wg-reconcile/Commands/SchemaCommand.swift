import ArgumentParser
import Report

struct SchemaCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the report, of the feed or of what --on-finish gets.",
        discussion: """
            JSON Schema 2020-12, for any validator. The schema of the feed is for a JSON document; a line of JSON Lines \
            is checked against its anchor `line`.
            """)

    @Argument(help: "report, feed or finish.")
    var document: PublishedSchema

    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws { try console.print(document.text, terminator: "") }
}

extension PublishedSchema: ExpressibleByArgument {}
