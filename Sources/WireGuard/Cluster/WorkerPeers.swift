import ControlPlane
import Foundation

/// The peers that a worker says its interfaces have: `cluster_workerstatus.wireguard_status`.
///
/// `{"wg0": {"<public key>": {"latest-handshakes": "0", …}, …}, …}`, as the worker reads it from `wg show`; observed in the
/// application's database.
struct WorkerPeers: Sendable {
    /// The names of the interfaces that have a peer, by its public key.
    private(set) var interfaces: [String: [String]] = [:]

    /// - Returns: nil for anything that has another form. What cannot be read says of no key that it is gone.
    init?(_ text: String?) {
        // Nothing is lost by not knowing how it differs: it proves nothing.
        guard let text, let status = try? JSONDecoder().decode([String: [String: Peer]].self, from: Data(text.utf8))
        else { return nil }
        for (name, peers) in status {
            for key in peers.keys {
                guard WireGuardKey.isKey(key) else { return nil }
                interfaces[key, default: []].append(name)
            }
        }
    }

    /// What is said of a peer; always an object.
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
