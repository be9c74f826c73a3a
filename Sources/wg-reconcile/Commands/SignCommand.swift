import ArgumentParser
import Feed
import Support

struct SignCommand: FileConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a feed with the key that billing and this host share.",
        discussion: "Writes FEED.hmac beside the feed; for - (standard input), prints the signature.")

    @Argument(help: "The feed; - for standard input.")
    var feed: String

    @Option(help: ArgumentHelp("The file that holds the key.", valueName: "file"))
    var apiKeyFile: String?

    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        guard let apiKeyFile else { throw MissingOptions("api-key-file") }
        let key = try SigningKey(readingFileAt: apiKeyFile, trust: FileTrust())
        let signature = try FeedSource(reading: feed).sign(with: key)
        try console.print(signature)
    }
}
