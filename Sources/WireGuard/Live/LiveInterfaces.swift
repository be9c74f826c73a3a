import Support

/// The WireGuard interfaces of a network namespace, through `wg`, `wg-quick` and `ip`.
///
/// Asks `wg` for public keys alone, so that no private or preshared key passes through this process.
package struct LiveInterfaces: Sendable {
    /// What the system showed at one moment.
    struct State: Sendable {
        /// The public keys of the interfaces that could be read, by name.
        var publicKeys: [String: String] = [:]
        /// The public keys of their peers. An interface without peers may be missing here.
        var peers: [String: Set<String>] = [:]
        /// Interfaces that are there and could not be read.
        var unreadable: Set<String> = []
        /// Those of them that did not answer. The others may not be read, or said nothing that makes sense.
        var silent: Set<String> = []

        func isUp(_ name: String) -> Bool { publicKeys[name] != nil || unreadable.contains(name) }
    }

    package let programs: LivePrograms
    /// Whose configs `wg-quick` may run commands from.
    let trust: FileTrust
    /// Whether the operator has named the network namespace.
    package let isPlaceGiven: Bool
    private let namespacePath: String?

    /// Finds the programs.
    ///
    /// - Returns: nil where `wg` is not installed.
    /// - Throws: ``LiveAccessFailure``.
    init?(_ access: LiveAccess) throws(LiveAccessFailure) {
        guard let programs = try LivePrograms(access) else { return nil }
        self.programs = programs
        trust = access.trust
        isPlaceGiven = access.networkNamespace != nil
        namespacePath = access.namespacePath
    }

    /// The network namespace that is looked at.
    package var place: NetworkNamespace.Identity {
        get throws(FileFailure) { try NetworkNamespace.Identity(of: namespacePath) }
    }

    // MARK: Looking

    package func names() throws(ProgramFailure) -> Set<String> {
        Set(try programs.wg.run(["show", "interfaces"]).text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// Asks for everything at once, since a host may have thousands of interfaces; and where one of them keeps that from
    /// being answered, each by itself, so that it leaves only itself unknown.
    ///
    /// - Parameters:
    ///   - silent: those that did not answer, at this look or an earlier one.
    ///   - again: those that are asked once more although they did not answer.
    func state(_ silent: inout SilentInterfaces, askingAgain again: Set<String> = []) throws(ProgramFailure) -> State {
        let before = try names()
        var look = InterfaceLook(wg: programs.wg, silent: silent)
        defer { silent = look.silent }
        try look.askAll(before, again: again)
        var state = look.state
        // There before and after, so that one which came or went meanwhile does not pass for one that cannot be read.
        state.unreadable = try names().filter { state.publicKeys[$0] == nil && before.contains($0) }
        state.silent.formIntersection(state.unreadable)
        return state
    }

    /// As ``state(_:askingAgain:)``, before anything was done.
    func stateAtStart(_ silent: inout SilentInterfaces) throws(LiveAccessFailure) -> State {
        do throws(ProgramFailure) {
            return try state(&silent)
        } catch {
            throw LiveAccessFailure(error)
        }
    }

    // MARK: Changing

    /// Takes an interface down with its config, so that the config's PreDown and PostDown commands run.
    func takeDown(_ configPath: String) throws(ProgramFailure) { try programs.wgQuick.run(["down", configPath]) }

    /// Takes an interface away without running anything.
    func delete(_ name: String) throws(ProgramFailure) { try programs.ip.run(["link", "delete", "dev", name]) }

    /// Brings peers and keys of an interface in line with a config, without interrupting the peers that stay.
    func sync(_ name: String, with config: ConfigText) throws(ProgramFailure) {
        do throws(ProgramFailure) {
            // Through a pipe, so that the private key lies in no further file.
            try programs.wg.run(["syncconf", name, "/dev/stdin"], input: config.stripped)
        } catch {
            // It quotes what it does not understand, which may be a key.
            throw error.withoutComplaint
        }
    }
}
