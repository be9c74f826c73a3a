import ControlPlane
import Foundation

/// The peers of a worker's interfaces, as the worker reports them: `cluster_workerstatus.wireguard_status`.
///
/// `{"wg0": {"<public key>": {"latest-handshakes": "0", …}, …}, …}`, as the worker reads it from `wg show`; observed
/// in the application's database.
struct WorkerPeers: Sendable {
    /// The names of the interfaces that have a peer, by the peer's public key.
    private(set) var interfaces: [String: [String]] = [:]

    /// - Returns: nil for text of any other form. Text that cannot be read does not prove that a key is gone.
    init?(_ text: String?) {
        // The parsing error is not needed: unreadable text proves nothing, whatever is wrong with it.
        guard let text, let status = try? JSONDecoder().decode([String: [String: Peer]].self, from: Data(text.utf8))
        else { return nil }
        for (name, peers) in status {
            for key in peers.keys {
                guard WireGuardKey.isKey(key) else { return nil }
                interfaces[key, default: []].append(name)
            }
        }
    }

    /// Only the peers with these keys.
    func limited(to isIncluded: (String) -> Bool) -> Self {
        var peers = self
        peers.interfaces = interfaces.filter { isIncluded($0.key) }
        return peers
    }

    /// The details of a peer; always an object.
    private struct Peer: Decodable {
        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }
    }
}
