import ArgumentParser
import Foundation
import SamplePlane
import Support
import WireGuard

/// Makes a large feed in all three formats. Most of its accounts are in no database.
struct FeedMaking: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "make-feed", shouldDisplay: false)

    /// The folder for `feed.csv`, `feed.json` and `feed.jsonl`.
    @Argument var folder: String
    /// A feed whose first accounts are in the database.
    @Option var known: String
    @Option var entries: Int
    @Option var seed: UInt64

    func run() throws {
        let knownEmails = try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: ",").dropFirst().first }
        var random = SplitMix64(seed: seed)
        var csv = "account_id,email,status,effective_at,reason\n"
        var lines = ""
        var elements = "["
        csv.reserveCapacity(entries * 96)
        // Known accounts are spread evenly over the feed, one in each `distance` entries.
        let distance = max(1, entries / max(1, knownEmails.count))
        for number in 0..<entries {
            let place = number / distance
            let email =
                number % distance == 0 && place < knownEmails.count
                ? String(knownEmails[place])
                : "person\(number)-\(UInt32.random(in: .min ... .max, using: &random))@example.com"
            let account = "acct-\(100_000_000 + number)"
            let time = DatabaseMaking.time.rfc3339
            csv += "\(account),\(email),cancelled,\(time),customer left\n"
            let object =
                #"{"account_id":"\#(account)","email":"\#(email)","status":"cancelled","effective_at":"\#(time)","reason":"customer left"}"#
            lines += object + "\n"
            elements += (number == 0 ? "\n" : ",\n") + object
        }
        for (name, text) in [("feed.csv", csv), ("feed.jsonl", lines), ("feed.json", elements + "\n]\n")] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        try ["entries": Double(entries)].send()
    }
}
