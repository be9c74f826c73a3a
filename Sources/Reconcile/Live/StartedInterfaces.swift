/// With which commands interfaces came up, as far as runs have seen it.
///
/// Neither a PostUp command nor DNS shows on an interface. So a file beside the configs keeps, for each interface that is
/// up, which one it is and the digest of these lines when it was first seen, or of the config that a run was about to
/// replace. The interface has another index once somebody has brought it up anew, and then it has what the config says.
struct StartedInterfaces: Sendable {
    static let fileName = ".wg-interfaces.pending"

    private struct Start: Hashable {
        /// nil where the config was replaced while nobody could look.
        var interface: String?
        var digest: String
    }

    private let folder: OpenFolder
    private var starts: [Int: Start] = [:]
    private var isChanged = false

    /// - Parameter folder: that of the configs.
    init(in folder: OpenFolder) throws(FileFailure) {
        self.folder = folder
        let text = String(decoding: try folder.regularFile(Self.fileName)?.bytes ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            // A line that a full disk cut off is none.
            guard words.count == 3, let number = Int(words[0]), words[2].utf8.count == 32, starts[number] == nil
            else { continue }
            starts[number] = Start(interface: words[1] == "?" ? nil : words[1], digest: words[2])
        }
    }

    /// To be called before a config is replaced.
    static func note(_ config: InterfaceConfig, replacing present: [UInt8], in folder: OpenFolder) throws(FileFailure) {
        let old = QuickSettings(present).digest
        guard old != QuickSettings(config.bytes).digest else { return }
        // The line end comes first, so that a line which a full disk cut off spoils no other. What stands there before
        // counts: it is of when the interface came up.
        let file = try OpenFile.toAppend(fileName, in: folder)
        try file.write(Array("\n\(config.number) ? \(old)\n".utf8))
        try file.close()
    }

    /// Whether an interface came up with other commands than its config has now.
    ///
    /// - Parameter index: of the interface.
    mutating func differs(_ number: Int, index: Int, boot: String, from settings: QuickSettings) -> Bool {
        let interface = "\(index)@\(boot)"
        var start = starts[number] ?? Start(interface: interface, digest: settings.digest)
        if let known = start.interface, known != interface {
            start = Start(interface: interface, digest: settings.digest)
        }
        start.interface = interface
        if starts[number] != start { (starts[number], isChanged) = (start, true) }
        return start.digest != settings.digest
    }

    /// Forgets interfaces that are down: they come up with what their config says then.
    mutating func keep(_ numbers: Set<Int>) {
        let rest = starts.filter { numbers.contains($0.key) }
        if rest.count < starts.count { (starts, isChanged) = (rest, true) }
    }

    mutating func save() throws(FileFailure) {
        guard isChanged else { return }
        let lines = starts.sorted { $0.key < $1.key }.map { number, start in
            "\(number) \(start.interface ?? "?") \(start.digest)\n"
        }
        if lines.isEmpty {
            if try folder.status(of: Self.fileName) != nil { try folder.remove(Self.fileName) }
        } else {
            try DurableFile.replace(Self.fileName, in: folder, with: Array(lines.joined().utf8), mode: 0o600)
        }
        isChanged = false
    }

    /// Tells one start of the machine from another, after which indices begin anew.
    static var boot: String {
        // Without it, an interface that came up after a reboot may pass for the one before.
        let bytes = (try? FileContents.readRegularFile("/proc/sys/kernel/random/boot_id")) ?? nil
        let text = String(decoding: bytes ?? [], as: UTF8.self).filter { $0.isHexDigit }
        return text.isEmpty ? "0" : text
    }
}
