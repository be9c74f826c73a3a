import Journal
import Support

/// The settings of a config that only `wg-quick up` applies. `wg syncconf` leaves them as they were when the
/// interface came up.
struct QuickSettings: Hashable, Sendable {
    var addresses: Set<IPPrefix> = []
    var mtu: Int?
    /// The networks to which `wg-quick` adds routes: a default route to a table of its own with policy rules, all others
    /// to the main table. None with `Table = off` or another table, which is not inspected.
    private(set) var routes: Set<IPPrefix> = []
    /// Whether the routes are inspected.
    private(set) var usesMainTable = true
    /// Whether commands run when the interface comes up that may add addresses and routes.
    private(set) var mayAddRoutes = false
    /// A digest of the lines whose effect is not visible on the interface: PreUp, PostUp, Table and DNS. It is a
    /// digest because commands may contain a password. PreDown and PostDown are not part of it: `wg-quick down` reads
    /// them from the config when it runs.
    private(set) var digest: String

    private static let unseenKeys: Set<String> = ["preup", "postup", "table", "dns"]

    init(_ config: [UInt8]) {
        var section = ""
        var unseen: [String] = []
        var allowed: Set<IPPrefix> = []
        for text in config.split(separator: UInt8(ascii: "\n")) {
            let line = ConfigLine(text)
            if line.word.hasPrefix("[") { section = line.word }
            switch (section, line.word) {
            case ("[interface]", "address"): addresses.formUnion(IPPrefix.list(line.text))
            case ("[interface]", "mtu"): mtu = Int(line.text)
            case ("[peer]", "allowedips"): allowed.formUnion(IPPrefix.list(line.text).map(\.network))
            case ("[interface]", let key) where Self.unseenKeys.contains(key):
                if key == "table", !["", "auto"].contains(line.text) { usesMainTable = false }
                // wg-reconcile runs the firewall script itself, so it does not matter which PostUp runs it.
                let isScript = line.text.hasSuffix("/" + FirewallScript.fileName) && !line.text.contains(" ")
                if line.text.isEmpty || isScript { continue }
                if key.hasSuffix("up"), PostCommands.mayAddRoutes(line.text) { mayAddRoutes = true }
                unseen.append(key + "=" + line.text)
            default: break
            }
        }
        if usesMainTable { routes = allowed }
        let hash = SHA256.digest(of: Array(unseen.joined(separator: "\n").utf8))
        digest = hash.prefix(16).hexDigits
    }

    /// All that `wg-quick` adds with a prefix.
    var prefixes: Set<IPPrefix> { addresses.union(routes) }

    /// How an interface differs from these settings, in sentences.
    ///
    /// - Parameter former: what the config had since the interface came up. A command of the config may have added an
    ///   address or a route that the config does not list. So if there is such a command, only a surplus one that the
    ///   config once had is reported. Without an MTU in the config, `wg-quick` takes one from the routes of that
    ///   moment. So only an MTU that the config once had is known to be wrong.
    func differences(from found: InterfaceFacts, former: FormerSettings = FormerSettings()) -> [String] {
        func surplus(_ prefixes: Set<IPPrefix>) -> Set<IPPrefix> {
            mayAddRoutes ? prefixes.intersection(former.prefixes) : prefixes
        }
        var sentences: [String] = []
        if !addresses.isSubset(of: found.addresses) || !surplus(found.addresses.subtracting(addresses)).isEmpty {
            sentences.append("Address is \(Self.list(found.addresses)), and \(Self.list(addresses)) in its config")
        }
        if let mtu {
            if mtu != found.mtu { sentences.append("MTU is \(found.mtu), and \(mtu) in its config") }
        } else if former.mtus.contains(found.mtu) {
            sentences.append("MTU is \(found.mtu), which its config no longer sets")
        }
        let unrouted = routes.filter { route in !found.routes.contains { $0.contains(route) } }
        if !unrouted.isEmpty { sentences.append("there is no route to \(Self.list(unrouted)), which a peer may use") }
        let strays = surplus(found.routesOfQuick.subtracting(routes).subtracting(found.addresses.map(\.network)))
        if usesMainTable, !strays.isEmpty {
            sentences.append("there is still a route to \(Self.list(strays)), which no peer may use any longer")
        }
        return sentences
    }

    private static func list(_ prefixes: Set<IPPrefix>) -> String {
        prefixes.isEmpty ? "none" : prefixes.map(\.description).sorted().firstFew()
    }
}
