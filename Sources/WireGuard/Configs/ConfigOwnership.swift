import ControlPlane

/// Whose the configs in a folder are, by their private keys: the database's, or another control plane's. Keeps names
/// and counts, and no private key.
package struct ConfigOwnership: Sendable {
    /// How many instances the database has.
    package private(set) var instances = 0
    /// How many of them have something in the folder under the name of their config.
    package private(set) var present = 0
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
    ///   - isInstance: whether the database has an instance of this number.
    ///   - keys: the private keys of all instances.
    mutating func take(_ key: String?, of number: Int, isInstance: Bool, among keys: Set<String>) {
        guard let key else { return }
        if keys.contains(key) {
            known += 1
        } else if let publicKey = WireGuardKey.publicKey(ofPrivateKey: key) {
            others.append(Stranger(number: number, publicKey: publicKey, isInstance: isInstance))
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

    /// Why a run must not write to the folder: it would replace the configs of another control plane. Nil where it is
    /// not plainly so.
    ///
    /// Only configs under the names of the database's instances count. Others are left alone by a run, and may be of
    /// customers who were deleted by hand.
    package func refusal(of path: String) -> ForeignConfigs? {
        let foreign = foreign
        guard foreign.count >= Self.fewest, foreign.count * 10 >= (foreign.count + known) * 9 else { return nil }
        return ForeignConfigs(.otherKeys(foreign, of: foreign.count + known), folder: path)
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
