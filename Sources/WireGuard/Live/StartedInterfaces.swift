import Feed
import Support

/// The commands that interfaces came up with, as far as runs can know them.
///
/// The effect of PostUp or DNS is not visible on an interface. So a file next to the configs keeps a digest of these
/// lines for each interface that is up, and for each config that was replaced since a run last looked. If an
/// interface is not the one that the last run saw, it came up with one of the replaced configs or with the current one.
/// The time at which it came up narrows the choice.
package struct StartedInterfaces: Sendable {
    package static let fileName = ".wg-interfaces.pending"

    /// Whether an interface came up with the commands that its config has now.
    enum Comparison: Equatable {
        case same, different
        /// The commands were changed while no run looked, before or after it came up.
        case unknown
    }

    /// Identifies an interface among others that are or were up under the same name.
    struct Interface: Hashable {
        var index: Int
        var boot: String
        /// When it got its oldest address, in hundredths of a second since boot. A restarted container may give a new
        /// interface the index of an earlier one.
        var addressTime: Int64?
    }

    private struct Start: Hashable {
        var interface: Interface
        /// The interface came up with one of these.
        var digests: Set<String>
    }

    /// A config that was replaced by one with other commands or addresses.
    private struct Change: Hashable {
        /// nil where the time is not known.
        var moment: BootMoment?
        /// Whether the addresses stayed the same. If they changed, somebody may have changed the interface's
        /// addresses by hand.
        var keepsAddresses: Bool
        /// The digest of the earlier config.
        var digest: String
    }

    private let folder: OpenFolder
    private var starts: [Int: Start] = [:]
    /// The changes since a run last looked at the interface, oldest first.
    private var changes: [Int: [Change]] = [:]
    private var former: [Int: FormerSettings] = [:]
    private var isChanged = false

    private static let formerMark = "former"

    /// - Parameter folder: the folder of the configs.
    init(in folder: OpenFolder) throws(FileFailure) {
        self.folder = folder
        let text = String(decoding: try folder.regularFile(Self.fileName)?.bytes ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            // Skip a line that was cut off by a full disk.
            guard words.count == 3, let number = Int(words[0]) else { continue }
            if words[2] == Self.formerMark {
                former[number, default: FormerSettings()].formUnion(FormerSettings(words[1]))
                continue
            }
            let digests = words[2].split(separator: ",").map(String.init)
            guard !digests.isEmpty, digests.allSatisfy({ $0.utf8.count == 32 }) else { continue }
            if words[1].hasPrefix("?") {
                let keepsAddresses = !words[1].hasSuffix("!")
                let moment = BootMoment(words[1].dropFirst().prefix { $0 != "!" })
                changes[number, default: []].append(
                    Change(moment: moment, keepsAddresses: keepsAddresses, digest: digests[0]))
            } else if let interface = Interface(words[1]) {
                starts[number] = Start(interface: interface, digests: Set(digests))
            }
        }
    }

    /// Call it before a config is replaced.
    static func note(
        _ config: InterfaceConfig, replacing present: [UInt8], at moment: BootMoment = .now, in folder: OpenFolder
    ) throws(FileFailure) {
        let (old, new) = (QuickSettings(present), QuickSettings(config.bytes))
        // The line end comes first, so that a line cut off by a full disk does not damage the next one.
        var lines = ""
        if old.digest != new.digest || old.addresses != new.addresses {
            let mark = "?\(moment)" + (old.addresses == new.addresses ? "" : "!")
            lines += "\n\(config.number) \(mark) \(old.digest)\n"
        }
        let former = FormerSettings(replacing: old, with: new)
        if !former.isEmpty { lines += "\n" + Self.line(of: former, config.number) }
        if lines.isEmpty { return }
        let file = try OpenFile.toAppend(fileName, in: folder)
        try file.write(Array(lines.utf8))
        try file.close()
    }

    private static func line(of former: FormerSettings, _ number: Int) -> String {
        "\(number) \(former.text) \(formerMark)\n"
    }

    func former(of number: Int) -> FormerSettings { former[number] ?? FormerSettings() }

    /// Compares an interface that is up with its config, and remembers the interface for the next comparison.
    mutating func compare(_ number: Int, _ interface: Interface, with settings: QuickSettings) -> Comparison {
        let known = starts[number]
        if known?.interface.isSame(as: interface) == false, former.removeValue(forKey: number) != nil {
            isChanged = true
        }
        if let mtu = settings.mtu, former[number]?.mtus.contains(mtu) != true {
            former[number, default: FormerSettings()].mtus.insert(mtu)
            isChanged = true
        }
        let since = changes.removeValue(forKey: number) ?? []
        let digests: Set<String>
        switch known?.interface.isSame(as: interface) {
        case true?: digests = known?.digests ?? []
        // The same index, but other addresses: a different interface, or somebody has changed its addresses.
        case nil where known?.interface.mayBeSame(as: interface) == true:
            digests = (known?.digests ?? []).union(Self.digests(since, settings, of: interface))
        default: digests = Self.digests(since, settings, of: interface)
        }
        let start = Start(interface: interface, digests: digests)
        if known != start || !since.isEmpty { (starts[number], isChanged) = (start, true) }
        guard digests.contains(settings.digest) else { return .different }
        return digests.count == 1 ? .same : .unknown
    }

    /// The digests of the configs that the interface may have come up with.
    private static func digests(_ since: [Change], _ settings: QuickSettings, of interface: Interface) -> Set<String> {
        let all = since.map(\.digest) + [settings.digest]
        // If all addresses are newer than a change, so is the interface, unless somebody added them by hand.
        let tellsOfStart = since.allSatisfy(\.keepsAddresses)
        var (first, last) = (0, since.count)
        for (place, change) in since.enumerated() {
            switch interface.cameUp(after: change.moment) {
            case true? where tellsOfStart || change.moment?.boot != interface.boot: first = place + 1
            case false?: last = min(last, place)
            default: break
            }
        }
        return Set(first <= last ? all[first...last] : all[...])
    }

    /// Forgets interfaces that are down. They will come up with their current config.
    mutating func keep(_ numbers: Set<Int>) {
        let (rest, restOfChanges) = (
            starts.filter { numbers.contains($0.key) }, changes.filter { numbers.contains($0.key) }
        )
        let restOfFormer = former.filter { numbers.contains($0.key) }
        if rest.count < starts.count || restOfChanges.count < changes.count || restOfFormer.count < former.count {
            isChanged = true
        }
        (starts, changes, former) = (rest, restOfChanges, restOfFormer)
    }

    mutating func save() throws(FileFailure) {
        guard isChanged else { return }
        let lines = Set(starts.keys).union(changes.keys).union(former.keys).sorted().map { number in
            let start = starts[number].map {
                "\(number) \($0.interface) \($0.digests.sorted().joined(separator: ","))\n"
            }
            let since = (changes[number] ?? []).map { change in
                let moment = change.moment?.description ?? ""
                return "\(number) ?\(moment)\(change.keepsAddresses ? "" : "!") \(change.digest)\n"
            }
            return (start ?? "") + since.joined() + (former[number].map { Self.line(of: $0, number) } ?? "")
        }
        if lines.isEmpty {
            if try folder.status(of: Self.fileName) != nil { try folder.remove(Self.fileName) }
        } else {
            try DurableFile.replace(Self.fileName, in: folder, with: Array(lines.joined().utf8), mode: 0o600)
        }
        isChanged = false
    }
}

extension StartedInterfaces.Interface: CustomStringConvertible {
    /// Parses what ``description`` writes, including the form of earlier versions without the address time.
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: "@")
        guard (2...3).contains(parts.count), let index = Int(parts[0]) else { return nil }
        self.init(index: index, boot: String(parts[1]), addressTime: parts.count == 3 ? Int64(parts[2]) : nil)
    }

    var description: String { "\(index)@\(boot)" + (addressTime.map { "@\($0)" } ?? "") }

    /// Whether both have the same index within the same boot.
    fileprivate func mayBeSame(as other: Self) -> Bool { index == other.index && boot == other.boot }

    /// nil where only the index matches.
    fileprivate func isSame(as other: Self) -> Bool? {
        guard mayBeSame(as: other) else { return false }
        guard let addressTime, let otherTime = other.addressTime else { return true }
        return addressTime == otherTime ? true : nil
    }

    /// In hundredths of a second. If a change and an address are closer than this, their order is unknown.
    private static let doubt: Int64 = 100
    /// The kernel counts hundredths of a second in 32 bits, which wraps after 497 days.
    private static let wrap = Int64(UInt32.max)

    /// Whether it came up after that moment, judged by its oldest address; nil where that is unknown.
    fileprivate func cameUp(after moment: BootMoment?) -> Bool? {
        guard let moment else { return nil }
        guard moment.boot == boot else { return true }
        guard let addressTime, moment.hundredths < Self.wrap else { return nil }
        if addressTime > moment.hundredths + Self.doubt { return true }
        return addressTime < moment.hundredths - Self.doubt ? false : nil
    }
}
