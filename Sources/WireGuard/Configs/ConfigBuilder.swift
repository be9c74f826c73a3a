import ControlPlane
import Support

/// The config that is being built while its rows are read.
struct ConfigBuilder {
    let rowID: Int
    let number: Int
    let runsFirewallScript: Bool
    var text: [UInt8] = []
    private(set) var peerRowID: Int?
    /// Reused for each peer, with its memory.
    private var peer = ConfigLayout.Peer()
    /// The first column with a value that must not be written into a config.
    private(set) var unwritableColumn: String?

    init(rowID: Int, number: Int, runsFirewallScript: Bool) {
        (self.rowID, self.number, self.runsFirewallScript) = (rowID, number, runsFirewallScript)
        // Enough for a few peers.
        text.reserveCapacity(1_536)
    }

    /// Appends a value that has a line to itself. A missing value is empty.
    mutating func append(_ row: HeldRow, _ index: Int32, _ column: String) {
        Self.append(row, index, column, to: &text, &unwritableColumn)
    }

    mutating func beginPeer(_ row: HeldRow) {
        peerRowID = row.integer(10)
        peer.name = row.text(14) ?? ""
        Self.set(&peer.publicKey, row, 11, "public_key", &unwritableColumn)
        Self.set(&peer.presharedKey, row, 12, "pre_shared_key", &unwritableColumn)
        Self.set(&peer.persistentKeepalive, row, 13, "persistent_keepalive", &unwritableColumn)
        peer.allowedIPs.removeAll(keepingCapacity: true)
    }

    mutating func addNetwork(_ row: HeldRow) {
        // The application concatenates `address/length`, which is NULL if either is missing. Such a network is left
        // out.
        guard !row.isNull(15), !row.isNull(16) else { return }
        if !peer.allowedIPs.isEmpty { peer.allowedIPs.append(", ") }
        Self.append(row, 15, "allowed_ip", to: &peer.allowedIPs, &unwritableColumn)
        peer.allowedIPs.append("/")
        Self.append(row, 16, "netmask", to: &peer.allowedIPs, &unwritableColumn)
    }

    mutating func finishPeer(_ layout: ConfigLayout) {
        if peerRowID != nil { layout.append(peer, to: &text) }
        peerRowID = nil
    }

    private static func set(
        _ value: inout [UInt8], _ row: HeldRow, _ index: Int32, _ column: String, _ unwritable: inout String?
    ) {
        value.removeAll(keepingCapacity: true)
        append(row, index, column, to: &value, &unwritable)
    }

    private static func append(
        _ row: HeldRow, _ index: Int32, _ column: String, to text: inout [UInt8], _ unwritable: inout String?
    ) {
        if row.isInteger(index) { return text.appendDecimal(row.integer(index)) }
        guard let bytes = row.bytes(index) else { return }
        if !bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { unwritable = unwritable ?? column }
        text.append(contentsOf: bytes)
    }
}
