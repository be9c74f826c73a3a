import Support

/// The WireGuard interfaces of a network namespace, through `wg`, `wg-quick` and `ip`.
///
/// Asks `wg` for public keys only, so that no private or preshared key passes through this process.
package struct LiveInterfaces: Sendable {
    /// The state of the system at one moment.
    struct State: Sendable {
        /// The public keys of the readable interfaces, by name.
        var publicKeys: [String: String] = [:]
        /// The public keys of their peers. An interface without peers may be missing here.
        var peers: [String: Set<String>] = [:]
        /// Interfaces that exist and could not be read.
        var unreadable: Set<String> = []
        /// The unreadable interfaces that did not answer.
        var silent: Set<String> = []
        /// The unreadable interfaces that were not asked, because too many did not answer. An unreadable interface that
        /// is neither here nor in ``silent`` denied access, or gave unusable output.
        var unasked: Set<String> = []

        func isUp(_ name: String) -> Bool { publicKeys[name] != nil || unreadable.contains(name) }

        /// Why an unreadable interface could not be read, as a sentence about it.
        func reason(forUnreadable name: String) -> String {
            if unasked.contains(name) { return "it was not asked, because too many interfaces did not answer" }
            return silent.contains(name) ? "it does not answer" : "it cannot be read"
        }
    }

    package let programs: LivePrograms
    /// Which owners of a config are trusted, so that `wg-quick` may run its commands.
    let trust: FileTrust
    /// Whether the operator has given the network namespace.
    package let isPlaceGiven: Bool

    /// Finds the programs.
    ///
    /// - Returns: nil where `wg` is not installed.
    /// - Throws: ``LiveAccessFailure``.
    init?(_ access: LiveAccess) throws(LiveAccessFailure) {
        guard let programs = try LivePrograms(access) else { return nil }
        self.programs = programs
        trust = access.trust
        isPlaceGiven = access.networkNamespace != nil
    }

    /// The network namespace of the interfaces.
    package var place: NetworkNamespace.Identity {
        get throws(FileFailure) { try programs.others.place }
    }

    // MARK: Looking

    func names() throws(LookFailure) -> Set<String> { try InterfaceNames(ip: programs.ip).all() }

    /// Whether `wg show interfaces` ends. It blocks if an interface hangs that has many clients waiting.
    var canListByAsking: Bool {
        // Any failure means that it cannot.
        (try? programs.wg.within(InterfaceLook.timeLimit).call(["show", "interfaces"])) != nil
    }

    /// Asks for all interfaces at once, since a host may have thousands. If one of them blocks that, asks each on its
    /// own, so that only the blocking one stays unknown.
    ///
    /// - Parameters:
    ///   - own: which to ask first.
    ///   - silent: interfaces that did not answer, at this look or an earlier one.
    ///   - again: interfaces to ask once more although they did not answer.
    func state(
        _ silent: inout SilentInterfaces, of own: OwnInterfaces, askingAgain again: Set<String> = []
    ) throws(LookFailure) -> State {
        let before = try names()
        var look = InterfaceLook(wg: programs.wg, own: own, silent: silent)
        defer { silent = look.silent }
        do throws(ProgramFailure) {
            try look.askAll(before, again: again)
        } catch {
            throw .program(error)
        }
        var state = look.state
        // Only interfaces that existed both before and after. One that came up or went down in between is not
        // unreadable.
        state.unreadable = try names().filter { state.publicKeys[$0] == nil && before.contains($0) }
        state.silent.formIntersection(state.unreadable)
        state.unasked.formIntersection(state.unreadable)
        return state
    }

    /// The same as ``state(_:of:askingAgain:)``, before anything is changed.
    func stateAtStart(
        _ silent: inout SilentInterfaces, of own: OwnInterfaces
    ) throws(LiveAccessFailure) -> State {
        do throws(LookFailure) {
            return try state(&silent, of: own)
        } catch {
            throw LiveAccessFailure(error)
        }
    }

    // MARK: Changing

    /// Brings an interface up with its config, so that the config's PreUp and PostUp commands run.
    func bringUp(_ configPath: String) throws(ProgramFailure) {
        do throws(ProgramFailure) {
            try programs.wgQuick.run(["up", configPath])
        } catch {
            // `wg` quotes what it does not understand, which may be a key.
            throw error.withoutComplaint
        }
    }

    /// Takes an interface down with its config, so that the config's PreDown and PostDown commands run.
    func takeDown(_ configPath: String) throws(ProgramFailure) { try programs.wgQuick.run(["down", configPath]) }

    /// Deletes an interface without running any commands.
    func delete(_ name: String) throws(ProgramFailure) { try programs.ip.run(["link", "delete", "dev", name]) }

    /// Brings an interface's peers and keys in line with a config, without interrupting the peers that stay.
    ///
    /// Keeps the firewall mark. `wg-quick` sets one if a peer may use 0.0.0.0/0 or ::/0, and `wg syncconf` would clear
    /// it. Then the interface's own packets would be routed into the tunnel.
    func sync(_ name: String, with config: ConfigText) throws(ProgramFailure) {
        var input = config.stripped
        if !config.setsFirewallMark {
            let mark = try programs.wg.run(["show", name, "fwmark"]).text.filter { !$0.isWhitespace }
            if mark.hasPrefix("0x") { input = Array("[Interface]\nFwMark = \(mark)\n".utf8) + input }
        }
        do throws(ProgramFailure) {
            // Through a pipe, so that the private key is not written to another file.
            try programs.wg.run(["syncconf", name, "/dev/stdin"], input: input)
        } catch {
            // `wg` quotes what it does not understand, which may be a key.
            throw error.withoutComplaint
        }
    }
}
