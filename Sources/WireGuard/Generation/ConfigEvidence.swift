import ControlPlane
import Feed
import Support

/// What the configs on disk show about the application that wrote them.
struct ConfigEvidence: Sendable {
    /// Whether they have ``ConfigLayout/keepsEmptyCommands``; nil where no config shows it. Older releases have it.
    /// After an upgrade, the application may have exported only some configs, so a single config without it decides.
    var keepsEmptyCommands: Bool? { lacksEmptyCommands ? false : hasEmptyCommands ? true : nil }
    /// Whether a config has them, whatever the others have.
    private(set) var hasEmptyCommands = false
    /// Whether a config shows that it does without them.
    private var lacksEmptyCommands = false
    /// Whether a config has a comment that only releases from 9974 write.
    private(set) var namesPeers = false
    /// Whether PostUp of a config runs the bandwidth script of its instance.
    private(set) var runsBandwidthScripts = false
    /// The MTU of each config, by instance; 0 stands for a config without one.
    private var mtus: [Int: Int] = [:]

    /// Whose the configs are, by their keys.
    private(set) var ownership = ConfigOwnership()

    /// Reads the configs in a folder. Those of other numbers than the instances' show whose the folder is, and nothing
    /// about the application.
    ///
    /// - Parameter instances: the private keys of the database's instances, by number.
    init(in folder: OpenFolder, of instances: [Int: String]) throws(FileFailure) {
        ownership = ConfigOwnership(ofInstances: instances.count)
        let keys = Set(instances.values)
        for name in try folder.names() {
            guard let number = InterfaceName.number(ofConfig: name) else { continue }
            let isInstance = instances[number] != nil
            if isInstance { ownership.notePresent() }
            // A config that cannot be read is no evidence. It is reported when it would be replaced.
            guard let config = try? folder.regularFile(name) else { continue }
            let head = ConfigHead(config.bytes)
            if isInstance { take(head, of: number) }
            ownership.take(
                head.privateKey, of: number, isInstance: isInstance, among: keys,
                peers: ConfigText(config.bytes).peerKeys)
        }
    }

    /// Settles whose the configs are that have no private key of the database's instances.
    mutating func know(_ keys: (Set<Int>) throws -> [Int: ConfigOwnership.Keys]) rethrows { try ownership.know(keys) }

    /// - Parameter configs: those of the instances 0, 1, and so on.
    init(_ configs: [[UInt8]] = []) {
        for (number, config) in configs.enumerated() { take(ConfigHead(config), of: number) }
    }

    /// The MTU of most configs; nil where most have none. A single config that somebody edited does not count, and
    /// the application would overwrite it too.
    ///
    /// - Parameter removed: instances that were removed since. Their configs count only where no other is left.
    func mtu(without removed: Set<Int> = []) -> Int? {
        let staying = mtus.filter { !removed.contains($0.key) }
        let most = Self.counts((staying.isEmpty ? mtus : staying).values).max {
            ($0.value, $0.key) < ($1.value, $1.key)
        }
        return most.flatMap { $0.key == 0 ? nil : $0.key }
    }

    /// How the configs differ in their MTU, without those of removed instances, and which one all of them get; nil where
    /// they do not differ.
    func mixedMTU(without removed: Set<Int>, taken mtu: Int?) -> String? {
        let values = mtus.filter { !removed.contains($0.key) }.values
        let total = values.count
        let counts = Self.counts(values).sorted { $0.key > $1.key }.map { value, count in
            (count, value == 0 ? "none" : "MTU \(value)")
        }
        guard counts.count > 1 else { return nil }
        let list = counts.enumerated().map { index, entry in
            index == 0 ? "\(entry.0) of \(total) configs have \(entry.1)" : "\(entry.0) have \(entry.1)"
        }
        return list.joined(separator: ", ") + "; took \(mtu.map(String.init) ?? "none"); --mtu overrides"
    }

    /// How many of the configs have each MTU.
    private static func counts(_ mtus: some Sequence<Int>) -> [Int: Int] {
        mtus.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private mutating func take(_ head: ConfigHead, of number: Int) {
        guard head.isOfApplication else { return }
        mtus[number] = head.values["MTU"].flatMap { Int($0) } ?? 0
        namesPeers = namesPeers || head.namesPeers
        if head.values["PostUp"]?.hasSuffix(BandwidthScripts.commands(of: number).up) == true {
            runsBandwidthScripts = true
        }
        let commands = [head.values["PostUp"], head.values["PostDown"]]
        if head.namesPeers || commands.contains(nil) {
            lacksEmptyCommands = true
        } else if commands.contains("") {
            hasEmptyCommands = true
        }
    }
}
