import ArgumentParser
import Feed
import Foundation
import SamplePlane

/// Reads a feed from its file and checks it.
struct MeasuredFeed: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure-feed", shouldDisplay: false)

    @Argument var feed: String

    func run() throws {
        let start = Machine.uptime()
        let source = try FeedSource(reading: feed)
        let read = try Feed(parsing: source.bytes, as: FeedFormat(ofFeedAt: feed), path: feed)
        let time = Machine.uptime() - start
        try ["time": time, "entries": Double(read.entries.count)].send()
    }
}
