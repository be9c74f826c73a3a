import Support

/// The configs that were written but not yet applied to their interfaces. Interfaces and configs are compared by
/// public keys, which do not show a changed preshared key or allowed IP.
///
/// Kept in a file next to the configs. A config is added before it is replaced, and removed once its interface is in
/// line with it. So if a run is cut short, fails, or must not touch live interfaces, the next run finishes the work.
/// The file is not synced: after a power cut, the interfaces come up with the new configs anyway.
package struct UnappliedConfigs: Sendable {
    package static let fileName = ".wg-configs.pending"

    private let folder: OpenFolder
    /// By instance number, the public keys of earlier configs. If an instance's private key was changed, its
    /// interface still has the earlier key. Public keys are not secret.
    private var earlierKeys: [Int: Set<String>] = [:]

    /// - Parameter folder: the folder of the configs.
    init(in folder: OpenFolder) throws(FileFailure) {
        self.folder = folder
        let text = String(decoding: try folder.regularFile(Self.fileName)?.bytes ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let number = words.first.flatMap({ Int($0) }) else { continue }
            earlierKeys[number, default: []].formUnion(words.dropFirst().map(String.init))
        }
    }

    func contains(_ number: Int) -> Bool { earlierKeys[number] != nil }

    /// Whether the instance's interface may still have this key, from before its private key was changed.
    func mayHave(_ number: Int, _ publicKey: String) -> Bool { earlierKeys[number]?.contains(publicKey) == true }

    /// Public keys of earlier configs with this number.
    func earlierKeys(of number: Int) -> Set<String> { earlierKeys[number] ?? [] }

    /// Adds a config that is about to be replaced, if the change affects an interface.
    ///
    /// - Parameter foreignKeys: public keys of configs that are somebody else's. An interface with one of them must not be
    ///   taken for the instance's.
    mutating func enter(
        _ config: InterfaceConfig, replacing present: [UInt8]?, foreignKeys: Set<String> = []
    ) throws(FileFailure) {
        if let present { try StartedInterfaces.note(config, replacing: present, in: folder) }
        var earlierKey: String?
        if let old = present.map(ConfigText.init) {
            let new = ConfigText(config.bytes)
            if old.stripped == new.stripped { return }
            if old.privateKey != new.privateKey, let key = old.publicKey, !foreignKeys.contains(key) {
                earlierKey = key
            }
        }
        if contains(config.number), earlierKey.map({ mayHave(config.number, $0) }) ?? true { return }
        // The line end comes first, so that a line cut off by a full disk does not damage the next one.
        try append("\n\(config.number)" + (earlierKey.map { " " + $0 } ?? ""))
        earlierKeys[config.number, default: []].formUnion(earlierKey.map { [$0] } ?? [])
    }

    /// Removes the configs that are done.
    mutating func strikeOut(_ isDone: (Int) -> Bool) throws(FileFailure) {
        let rest = earlierKeys.filter { !isDone($0.key) }
        guard rest.count < earlierKeys.count else { return }
        if rest.isEmpty {
            try folder.remove(Self.fileName)
        } else {
            let lines = rest.sorted { $0.key < $1.key }.map { number, keys in
                (["\(number)"] + keys.sorted()).joined(separator: " ")
            }
            let text = "\n" + lines.joined(separator: "\n")
            try DurableFile.replace(Self.fileName, in: folder, with: Array(text.utf8), mode: 0o600)
        }
        earlierKeys = rest
    }

    private func append(_ text: String) throws(FileFailure) {
        let file = try OpenFile.toAppend(Self.fileName, in: folder)
        try file.write(Array(text.utf8))
        try file.close()
    }
}
