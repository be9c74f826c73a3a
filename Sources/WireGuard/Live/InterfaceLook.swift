import ControlPlane
import Feed
import Glibc
import Journal

/// One look at the WireGuard interfaces and their peers.
///
/// Asks `wg` for public keys only, so that no private or preshared key passes through this process.
struct InterfaceLook {
    private(set) var state = LiveInterfaces.State()
    /// The interfaces that did not answer, at this look or an earlier one.
    private(set) var silent: SilentInterfaces
    private let wg: Program
    /// How many more interfaces may time out.
    private var patience = Self.mostSilent

    /// How long an interface may take to answer. A working one takes some milliseconds.
    private static let timeLimit = Duration.seconds(5)
    /// Limits the whole look to about a minute if no interface answers. Interfaces beyond it are not asked and count
    /// as silent.
    private static let mostSilent = 12

    /// - Parameter silent: interfaces that did not answer before.
    init(wg: Program, silent: SilentInterfaces) {
        self.wg = wg.within(Self.timeLimit)
        self.silent = silent
    }

    /// - Parameter again: interfaces to ask once more although they did not answer, if the limit allows it.
    /// - Throws: ``ProgramFailure`` where `wg` cannot be started.
    mutating func askAll(_ names: Set<String>, again: Set<String> = []) throws(ProgramFailure) {
        silent.keep(names)
        let skipped = names.filter { silent.contains($0) && !(again.contains($0) && silent.mayBeAsked($0)) }
        state.silent = skipped
        let asked = names.subtracting(skipped)
        // In a query for all interfaces, one that does not answer would block the others.
        guard names.allSatisfy({ !silent.contains($0) }) else { return try askEach(of: asked.sorted()) }
        // One query for all interfaces is fast. If it takes long, one of them hangs, so the limit here is short; each
        // is then asked with its own time limit.
        let quick = wg.within(.seconds(1) + .milliseconds(names.count))
        guard let keys = try answer(quick, ["show", "all", "public-key"]),
            let peers = try answer(quick, ["show", "all", "peers"])
        else { return try askEach(of: asked.sorted()) }
        for (name, key) in Self.pairs(keys.text) { state.publicKeys[name] = key }
        for (name, key) in Self.pairs(peers.text) { state.peers[name, default: []].insert(key) }
        // `wg` skips an interface that it cannot read. If it can read another, it only prints an error. An interface
        // without peers looks the same, so it is asked on its own.
        if [keys, peers].contains(where: { $0.status != 0 || !$0.complaint.isEmpty }) {
            try askEach(of: names.filter { state.publicKeys[$0] == nil || state.peers[$0] == nil }.sorted())
        }
    }

    private mutating func askEach(of names: [String]) throws(ProgramFailure) {
        for name in names {
            state.publicKeys[name] = nil
            state.peers[name] = nil
            guard patience > 0, let key = try answer(wg, ["show", name, "public-key"]),
                let peers = try answer(wg, ["show", name, "peers"])
            else {
                patience = max(0, patience - 1)
                state.silent.insert(name)
                silent.note(name)
                continue
            }
            silent.forget(name)
            guard key.status == 0, peers.status == 0 else { continue }
            state.publicKeys[name] = key.text.split(separator: "\n").first.map(String.init) ?? ""
            state.peers[name] = Set(peers.text.split(separator: "\n").map(String.init))
        }
    }

    /// - Returns: nil where `wg` took too long, was killed, or wrote too much.
    private func answer(_ wg: Program, _ arguments: [String]) throws(ProgramFailure) -> Program.Output? {
        do throws(ProgramFailure) {
            return try wg.call(arguments)
        } catch {
            switch error.reason {
            case .timedOut, .tooMuchOutput, .signal, .unknownStatus: return nil
            case .notStarted, .status: throw error
            }
        }
    }

    /// Parses lines with an interface name and a value.
    private static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t")
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
    }
}
