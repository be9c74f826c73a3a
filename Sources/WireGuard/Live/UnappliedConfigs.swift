import Support

/// Which configs were written and are not yet applied to their interfaces: a preshared key or an allowed IP that changed
/// does not show in the public keys by which interface and config are compared.
///
/// Kept in a file beside the configs. A config is entered before it is replaced and struck out once its interface was
/// brought in line, so a run that was cut short, that failed, or that was to touch nothing live leaves the work to the
/// next one. The file is not synced: a power cut ends the interfaces as well, and they come up with the new configs.
package struct UnappliedConfigs: Sendable {
    package static let fileName = ".wg-configs.pending"

    private let folder: OpenFolder
    /// The instances by number, each with the public keys that configs had before: where the private key of an instance
    /// changed, its interface still has the earlier one. These are no secret.
    private var earlierKeys: [Int: Set<String>] = [:]

    /// - Parameter folder: that of the configs.
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

    /// Whether the interface of this instance may have this key from before its private key was changed.
    func mayHave(_ number: Int, _ publicKey: String) -> Bool { earlierKeys[number]?.contains(publicKey) == true }

    /// Public keys that configs of this number had before they were replaced.
    func earlierKeys(of number: Int) -> Set<String> { earlierKeys[number] ?? [] }

    /// Enters a config that is about to be replaced, if an interface would notice.
    mutating func enter(_ config: InterfaceConfig, replacing present: [UInt8]?) throws(FileFailure) {
        if let present { try StartedInterfaces.note(config, replacing: present, in: folder) }
        var earlierKey: String?
        if let old = present.map(ConfigText.init) {
            let new = ConfigText(config.bytes)
            if old.stripped == new.stripped { return }
            if old.privateKey != new.privateKey { earlierKey = old.publicKey }
        }
        if contains(config.number), earlierKey.map({ mayHave(config.number, $0) }) ?? true { return }
        // The line end comes first, so that a line which a full disk cut off spoils no other.
        try append("\n\(config.number)" + (earlierKey.map { " " + $0 } ?? ""))
        earlierKeys[config.number, default: []].formUnion(earlierKey.map { [$0] } ?? [])
    }

    /// Strikes out the configs that an interface no longer has to hear of.
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
