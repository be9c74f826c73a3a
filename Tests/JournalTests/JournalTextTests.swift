import Foundation
import Testing

@testable import Journal

@Suite("What the journal keeps of a removal")
struct JournalTextTests {
    private static let awkward = [
        "", "plain", "\"quoted\" and \\", "line\nend\ttab", "\u{1}\u{7F}\u{85}\u{2028}", "é e\u{301} 日本 😀", "a/b",
    ]

    private static let whole = RemovalRecord(
        items: [
            RemovedItem(.instance, "0b8e0c1e", peersRemoved: 0), RemovedItem(.user, "a@example.com"),
        ],
        rows: ["wireguard_peer": 3, "auth_user": 1], interfaceNumbers: [7, -1], affectedInterfaceNumbers: [2],
        peerKeys: awkward, interfaceKeys: [],
        keptRestricted: awkward.map { KeptRestriction(.apiKey, $0, $0) } + [.rule("r")],
        addresses: ["10.0.0.2/32", "fd00::2/128"])

    @Test("is read again as it was", arguments: [RemovalRecord(), whole])
    func removalRoundTrip(removal: RemovalRecord) throws {
        let text = JournalText.text(of: removal)
        #expect(try JSONDecoder().decode(RemovalRecord.self, from: Data(text.utf8)) == removal)
    }

    @Test("is read from an earlier version, which had a firewall rule among the items")
    func earlierVersion() throws {
        let text = """
            {"affectedInterfaceNumbers":[],"interfaceNumbers":[7],"items":[
            {"identifier":"x","peers_removed":2,"type":"wireguard_instance"},{"identifier":"r","type":"firewall_rule"},
            {"identifier":"a@example.com","type":"user"}],"rows":{"wireguard_peer":2}}
            """
        let removal = try JSONDecoder().decode(RemovalRecord.self, from: Data(text.utf8))
        #expect(
            removal
                == RemovalRecord(
                    items: [RemovedItem(.instance, "x", peersRemoved: 2), RemovedItem(.user, "a@example.com")],
                    rows: ["wireguard_peer": 2], interfaceNumbers: [7], keptRestricted: [.rule("r")]))
    }

    @Test("with its errors")
    func errorsRoundTrip() throws {
        let text = JournalText.text(of: Self.awkward)
        #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == Self.awkward)
    }

    @Test("and equal removals are equal texts, with members in alphabetical order")
    func order() {
        let text = JournalText.text(
            of: RemovalRecord(
                items: [RemovedItem(.instance, "x", peersRemoved: 2)], rows: ["b": 1, "a": 2, "c": 3],
                interfaceNumbers: [1], peerKeys: ["k"]))
        #expect(
            text == #"{"affectedInterfaceNumbers":[],"interfaceNumbers":[1],"#
                + #""items":[{"identifier":"x","peers_removed":2,"type":"wireguard_instance"}],"peerKeys":["k"],"#
                + #""rows":{"a":2,"b":1,"c":3}}"#)
    }
}
