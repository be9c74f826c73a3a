import ArgumentParser
import Report

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of the report or of the feed.",
        discussion: """
            JSON Schema 2020-12, for any validator. The schema of the feed is for a JSON document; a line of JSON Lines \
            is checked against its anchor `line`.
            """)

    @Argument(help: "report or feed.")
    var document: PublishedSchema

    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, _) = try Console.open(nil, logging)
        try console.reportingErrors { try console.print(document.text, terminator: "") }
    }
}

extension PublishedSchema: ExpressibleByArgument {}
