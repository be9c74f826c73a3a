import ControlPlane

/// Whose the configs in a folder are, by their private keys and their peers: the database's, or another control plane's.
/// Keeps names, counts and public keys, and no private key.
package struct ConfigOwnership: Sendable {
    /// How many instances the database has.
    package private(set) var instances = 0
    /// How many of them have something in the folder under the name of their config.
    package private(set) var present = 0
    /// Configs with a key of the database, or of an instance that a run has removed from it.
    private var known = 0
    /// Configs with another key and the peers of their instance: the instance's key was renewed and not exported.
    private var renewed: [Int] = []
    /// Configs with another key and without peers: the instance's key may have been renewed, or the config may be
    /// somebody else's.
    private var undecided: [Stranger] = []
    /// Configs with another key, or with none, and with other peers: fewer than half of them are the instance's.
    private var others: [Stranger] = []

    private struct Stranger: Sendable {
        var number: Int
        /// nil where the config has no private key.
        var publicKey: String?
        var peers: Set<String>
        /// Whether the database has an instance of this number.
        var isInstance: Bool

        /// An administrator may have added or deleted some since the export.
        func hasMost(of keys: Set<String>) -> Bool {
            !peers.isEmpty && peers.intersection(keys).count * 2 >= peers.count
        }
    }

    /// The public keys that an instance has, or had when a run removed it.
    struct Keys {
        var ofInterface: Set<String> = []
        var ofPeers: Set<String> = []
    }

    /// With fewer instances than this, all configs may be missing because none was exported yet.
    private static let fewest = 3

    init(ofInstances instances: Int = 0) { self.instances = instances }

    mutating func notePresent() { present += 1 }

    /// - Parameters:
    ///   - key: the private key of the config; nil where it has none.
    ///   - peers: the public keys of its peers. Asked for only where the key is not the database's.
    ///   - isInstance: whether the database has an instance of this number.
    ///   - keys: the private keys of all instances.
    mutating func take(
        _ key: String?, of number: Int, isInstance: Bool, among keys: Set<String>, peers: @autoclosure () -> Set<String>
    ) {
        if let key, keys.contains(key) {
            known += 1
            return
        }
        let publicKey = key.flatMap(WireGuardKey.publicKey)
        let peers = peers()
        // A config without a key and without a peer says nothing.
        guard publicKey != nil || !peers.isEmpty else { return }
        others.append(Stranger(number: number, publicKey: publicKey, peers: peers, isInstance: isInstance))
    }

    /// Settles which of the other configs are the database's: by the key of an instance that a run has removed, or by
    /// their peers. Nobody else has these keys, while addresses and ports are the same in many folders.
    ///
    /// - Parameter keys: what the instances of these numbers have or had.
    mutating func know(_ keys: (Set<Int>) throws -> [Int: Keys]) rethrows {
        if others.isEmpty { return }
        let keys = try keys(Set(others.map(\.number)))
        var strangers: [Stranger] = []
        for config in others {
            let known = keys[config.number] ?? Keys()
            if let publicKey = config.publicKey, known.ofInterface.contains(publicKey) {
                self.known += 1
            } else if config.hasMost(of: known.ofPeers) {
                if config.publicKey == nil { self.known += 1 } else { renewed.append(config.number) }
            } else if config.peers.isEmpty {
                undecided.append(config)
            } else {
                strangers.append(config)
            }
        }
        others = strangers
    }

    /// Configs of the database's instances, by name, whose key no instance has or had. Also those without a key whose
    /// peers are not the instance's.
    package var foreign: [String] { names((others + undecided).filter(\.isInstance).map(\.number) + renewed) }

    /// Whether there is a config that is or may be somebody else's.
    var hasStrangers: Bool { !others.isEmpty || !undecided.isEmpty }

    /// The numbers of configs that are in use by somebody else: their interface is up, with other peers.
    private var inUse: Set<Int> = []

    /// - Parameters:
    ///   - publicKeys: of the interfaces that are up, by name.
    ///   - peers: those that are on them.
    mutating func noteUp(_ publicKeys: [String: String], _ peers: [String: Set<String>]) {
        for config in others + undecided {
            guard let key = config.publicKey else { continue }
            let names = publicKeys.filter { $0.value == key }.keys
            if names.contains(where: { peers[$0]?.isEmpty == false }) { inUse.insert(config.number) }
        }
    }

    /// The numbers of configs that a run leaves as they are: those with other peers, those that somebody else uses, and
    /// those without peers under a number that no instance had when they were read. An instance may have that number
    /// now. The config of an instance that has another key and no peers is written anew, as in the application's own
    /// export: the key may have been renewed.
    var leftAlone: Set<Int> {
        inUse.union(others.map(\.number)).union(undecided.filter { !$0.isInstance }.map(\.number))
    }

    /// Those of them that instances have.
    var ofInstancesLeftAlone: [Int] { others.filter(\.isInstance).map(\.number).sorted() }

    /// The numbers of configs with another key, or with none, and with other peers.
    var ofOthers: Set<Int> { Set(others.map(\.number)) }

    /// A sentence on a config that is left alone.
    static func leftAlone(_ name: String) -> String {
        "\(name) is left as it is: it has neither a key that the instance has or had nor most of its peers, and is or may "
            + "be somebody else's; if it is the instance's, export it in the application or delete the file"
    }

    /// The public keys of configs that are or may be somebody else's. An interface with one of them is left alone,
    /// whatever its name is.
    package var foreignKeys: Set<String> { Set((others + undecided).compactMap(\.publicKey)) }

    private func names(_ numbers: [Int]) -> [String] { numbers.sorted().map(InterfaceName.config(of:)) }

    /// Why a run must not write to the folder: it would replace the configs of another control plane. Nil where none is
    /// plainly somebody else's, or one is the database's.
    ///
    /// Only configs under the names of the database's instances count. Others are left alone by a run, and may be of
    /// customers who were deleted by hand.
    package func refusal(of path: String) -> ForeignConfigs? {
        let foreign = names(others.filter(\.isInstance).map(\.number))
        guard !foreign.isEmpty, known == 0, renewed.isEmpty else { return nil }
        let total = foreign.count + undecided.filter(\.isInstance).count
        return ForeignConfigs(.otherKeys(foreign, of: total), folder: path)
    }

    /// Why a run must not write to the folder: it has no config with a key of the database, while interfaces of the
    /// database are up, which came from the configs of another folder. Nil where this is not so.
    ///
    /// Without live interfaces, a run writes a lost folder anew.
    ///
    /// - Parameter own: the interfaces that are up with the keys that the database has for them.
    package func refusal(of path: String, whileUp own: [String]) -> ForeignConfigs? {
        guard known == 0, !own.isEmpty else { return nil }
        let foreign = foreign
        if !foreign.isEmpty { return ForeignConfigs(.otherKeys(foreign, of: foreign.count), folder: path) }
        guard present == 0, instances >= Self.fewest else { return nil }
        return ForeignConfigs(.noneWhileUp(own, instances: instances), folder: path)
    }
}
