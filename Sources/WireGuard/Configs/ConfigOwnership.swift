import ControlPlane

/// Whose the configs in a folder are, by their private keys: the database's, or another control plane's. Keeps names
/// and counts, and no private key.
package struct ConfigOwnership: Sendable {
    /// How many instances the database has.
    package private(set) var instances = 0
    /// How many of them have something in the folder under the name of their config.
    package private(set) var present = 0
    /// How many of them have a config there with their own key.
    private var matching = 0
    /// Configs with a key of the database, or of an instance that a run has removed from it.
    private var known = 0
    /// Configs with another key.
    private var others: [Stranger] = []

    private struct Stranger: Sendable {
        var number: Int
        var publicKey: String
        /// Whether the database has an instance of this number.
        var isInstance: Bool
    }

    /// With fewer configs than this, an administrator may have given each a new key.
    static let fewest = 3

    init(ofInstances instances: Int = 0) { self.instances = instances }

    mutating func notePresent() { present += 1 }

    /// - Parameters:
    ///   - key: the private key of the config; nil where it has none.
    ///   - own: the private key of the instance of this number; nil where there is none.
    ///   - keys: the private keys of all instances.
    mutating func take(_ key: String?, of number: Int, own: String?, among keys: Set<String>) {
        guard let key else { return }
        if keys.contains(key) {
            known += 1
            if key == own { matching += 1 }
        } else if let publicKey = WireGuardKey.publicKey(ofPrivateKey: key) {
            others.append(Stranger(number: number, publicKey: publicKey, isInstance: own != nil))
        }
    }

    /// Counts configs of instances that runs have removed as the database's.
    mutating func know(removed publicKeys: (Set<Int>) throws -> [Int: Set<String>]) rethrows {
        if others.isEmpty { return }
        let removed = try publicKeys(Set(others.map(\.number)))
        let count = others.count
        others.removeAll { removed[$0.number]?.contains($0.publicKey) == true }
        known += count - others.count
    }

    /// Configs of the database's instances, by name, that have a key which no instance has or had.
    package var foreign: [String] {
        others.filter(\.isInstance).map(\.number).sorted().map(InterfaceName.config(of:))
    }

    /// Why a run must not write to the folder: it is plainly another control plane's. Nil where it is not.
    ///
    /// Instances with a new key that was not exported do not make it so. Nor do many configs of customers who were
    /// deleted by hand, as long as most of the instances have theirs.
    package func refusal(of path: String) -> ForeignConfigs? {
        guard others.count >= Self.fewest, others.count * 10 >= (others.count + known) * 9,
            matching * 2 < max(instances, 1)
        else { return nil }
        let names = others.map(\.number).sorted().map(InterfaceName.config(of:))
        return ForeignConfigs(.otherKeys(names, of: others.count + known), folder: path)
    }

    /// Why a run must not write to the folder: it has no config of the database, while interfaces of the database are
    /// up, which came from the configs of another folder. Nil where this is not so.
    ///
    /// Without live interfaces, a run writes a lost folder anew.
    ///
    /// - Parameter own: the interfaces that are up with the keys that the database has for them.
    package func refusal(of path: String, whileUp own: [String]) -> ForeignConfigs? {
        guard instances >= Self.fewest, present == 0, !own.isEmpty else { return nil }
        return ForeignConfigs(.noneWhileUp(own, instances: instances), folder: path)
    }
}
