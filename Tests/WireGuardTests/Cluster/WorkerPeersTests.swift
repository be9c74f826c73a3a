import TestSupport
import Testing

@testable import WireGuard

@Suite("What a worker tells of its peers")
struct WorkerPeersTests {
    private static let key = SmallControlPlane.privateKey(1)

    @Test func `names the interfaces of each key`() {
        let other = SmallControlPlane.privateKey(2)
        let peers = WorkerPeers(
            #"""
            {"wg0": {"\#(Self.key)": {"latest-handshakes": "0"}, "\#(other)": {}}, "wg1": {"\#(Self.key)": {"transfer": [1, 2]}},
            "wg2": {}}
            """#)
        #expect(peers?.interfaces[Self.key]?.sorted() == ["wg0", "wg1"])
        #expect(peers?.interfaces[other] == ["wg0"])
    }

    @Test func `of no interface, has no key`() { #expect(WorkerPeers("{}")?.interfaces.isEmpty == true) }

    @Test(
        "in another form proves nothing",
        arguments: [
            nil, "", "null", #""""#, "[]", "7", "{", #"{"wg0": []}"#, #"{"wg0": null}"#, #"{"wg0": {"peers": {}}}"#,
            #"{"wg0": {"\#(key)": 1}}"#, #"{"wg0": {"\#(key)": null}}"#, #"{"wg0": {"\#(key)x": {}}}"#,
            #"{"error": "wg show failed"}"#,
        ])
    func unreadable(text: String?) { #expect(WorkerPeers(text) == nil) }
}
