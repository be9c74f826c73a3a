import Support

/// Settings that the config of an interface had since the interface came up, as far as runs know them.
struct FormerSettings: Hashable, Sendable {
    /// Addresses and networks that the config has no more.
    var prefixes: Set<IPPrefix> = []
    /// Also the MTU that the config has now. If the application's own export takes the line out later, nothing else
    /// shows that the interface's MTU came from it.
    var mtus: Set<Int> = []

    var isEmpty: Bool { prefixes.isEmpty && mtus.isEmpty }

    private static let mtuMark = "mtu="

    init(prefixes: Set<IPPrefix> = [], mtus: Set<Int> = []) { (self.prefixes, self.mtus) = (prefixes, mtus) }

    /// What is lost if a config is replaced.
    init(replacing old: QuickSettings, with new: QuickSettings) {
        prefixes = old.prefixes.subtracting(new.prefixes)
        if let mtu = old.mtu, mtu != new.mtu { mtus = [mtu] }
    }

    /// Parses ``text``, and passes over what is none of it.
    init(_ text: Substring) {
        prefixes = Set(IPPrefix.list(String(text)))
        mtus = Set(
            text.split(separator: ",").compactMap { word in
                word.hasPrefix(Self.mtuMark) ? Int(word.dropFirst(Self.mtuMark.count)) : nil
            })
    }

    /// One word. Earlier versions of the program pass over an MTU.
    var text: String {
        (prefixes.map(\.description).sorted() + mtus.sorted().map { Self.mtuMark + "\($0)" }).joined(separator: ",")
    }

    mutating func formUnion(_ other: Self) {
        prefixes.formUnion(other.prefixes)
        mtus.formUnion(other.mtus)
    }
}
