import ArgumentParser
import Feed
import Support

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a feed with the key that billing and this host share.",
        discussion: "Writes FEED.hmac beside the feed; for -, standard input, prints the signature.")

    @Argument(help: "The feed; - for standard input.")
    var feed: String

    @Option(help: ArgumentHelp("The file that holds the key.", valueName: "file"))
    var apiKeyFile: String?

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            guard let keyPath = try apiKeyFile ?? settings.value(.apiKeyFile) else {
                throw MissingOption(option: .apiKeyFile)
            }
            let key = try SigningKey(readingFileAt: keyPath, trust: FileTrust())
            let signature = try FeedSource(reading: feed).sign(with: key)
            try console.print(signature)
        }
    }
}
