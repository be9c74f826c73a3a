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
    private let own: OwnInterfaces
    /// How many more interfaces of somebody else may time out.
    private var patience = Self.mostSilent

    /// How long an interface may take to answer. A working one takes some milliseconds.
    static let timeLimit = Duration.seconds(5)
    /// Limits the time for interfaces of somebody else to about a minute if none answers. Those beyond it are not
    /// asked, and then no account is seen off. The database's own are always asked.
    private static let mostSilent = 12

    /// - Parameter silent: interfaces that did not answer before.
    init(wg: Program, own: OwnInterfaces, silent: SilentInterfaces) {
        self.wg = wg.within(Self.timeLimit)
        self.own = own
        self.silent = silent
    }

    /// - Parameter again: interfaces to ask once more although they did not answer, if the limit allows it.
    /// - Throws: ``ProgramFailure`` where `wg` cannot be started.
    mutating func askAll(_ names: Set<String>, again: Set<String> = []) throws(ProgramFailure) {
        silent.keep(names)
        let skipped = names.filter { silent.contains($0) && !(again.contains($0) && silent.mayBeAsked($0)) }
        state.silent = skipped.filter(silent.wasAsked)
        state.unasked = skipped.subtracting(state.silent)
        let asked = names.subtracting(skipped)
        // In a query for all interfaces, one that does not answer would block the others.
        guard names.allSatisfy({ !silent.contains($0) }) else { return try askEach(of: asked) }
        // One query for all interfaces is fast. If it takes long, one of them hangs, so the limit here is short; each
        // is then asked with its own time limit.
        let quick = wg.within(.seconds(1) + .milliseconds(names.count))
        guard let keys = try answer(quick, ["show", "all", "public-key"]),
            let peers = try answer(quick, ["show", "all", "peers"])
        else { return try askEach(of: asked) }
        for (name, key) in Self.pairs(keys.text) { state.publicKeys[name] = key }
        for (name, key) in Self.pairs(peers.text) { state.peers[name, default: []].insert(key) }
        // `wg` skips an interface that it cannot read. If it can read another, it only prints an error. An interface
        // without peers looks the same, so it is asked on its own.
        if [keys, peers].contains(where: { $0.status != 0 || !$0.complaint.isEmpty }) {
            try askEach(of: names.filter { state.publicKeys[$0] == nil || state.peers[$0] == nil })
        }
    }

    private mutating func askEach(of names: Set<String>) throws(ProgramFailure) {
        let own = own.among(names)
        for name in own.sorted() { try ask(name) }
        for name in names.subtracting(own).sorted() {
            if patience > 0 {
                if try !ask(name) { patience -= 1 }
            } else {
                forgetAnswer(of: name)
                state.unasked.insert(name)
                silent.noteUnasked(name)
            }
        }
    }

    /// - Returns: whether it answered, also where it could not be read.
    @discardableResult
    private mutating func ask(_ name: String) throws(ProgramFailure) -> Bool {
        forgetAnswer(of: name)
        guard let key = try answer(wg, ["show", name, "public-key"]),
            let peers = try answer(wg, ["show", name, "peers"])
        else {
            state.silent.insert(name)
            silent.note(name)
            return false
        }
        silent.forget(name)
        guard key.status == 0, peers.status == 0 else { return true }
        state.publicKeys[name] = key.text.split(separator: "\n").first.map(String.init) ?? ""
        state.peers[name] = Set(peers.text.split(separator: "\n").map(String.init))
        return true
    }

    private mutating func forgetAnswer(of name: String) { (state.publicKeys[name], state.peers[name]) = (nil, nil) }

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
