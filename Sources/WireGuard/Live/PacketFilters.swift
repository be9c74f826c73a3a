import Feed

/// The two packet filters that a kernel may have, and which of them hold the application's chains.
package struct PacketFilters {
    /// The one that `iptables` uses: `nft` or `legacy`.
    package let ours: String
    /// The one that `iptables` does not use.
    let theirs: String
    private let programs: LivePrograms

    /// Asks `iptables` in the namespace of the interfaces.
    ///
    /// - Returns: nil where `iptables` is missing or does not report its version. The script fails then as well and
    ///   reports it.
    /// - Throws: ``ProgramFailure`` where it cannot be called.
    package init?(_ programs: LivePrograms) throws(ProgramFailure) {
        guard let iptables = programs.program(named: "iptables") else { return nil }
        // Before 1.8, only the filter now called legacy existed, and the version does not name it.
        let version = try iptables.call(["--version"])
        guard version.status == 0 else { return nil }
        (ours, theirs) = version.text.contains("nf_tables") ? ("nft", "legacy") : ("legacy", "nft")
        self.programs = programs
    }

    package var oursHoldsChains: Bool {
        get throws(ProgramFailure) { try holdsChains("iptables-save") }
    }

    package var theirsHoldsChains: Bool {
        get throws(ProgramFailure) { try holdsChains("iptables-\(theirs)-save") }
    }

    /// If the kernel does not have the filter, the call fails, and the filter has no rules.
    private func holdsChains(_ save: String) throws(ProgramFailure) -> Bool {
        guard let save = programs.program(named: save) else { return false }
        let rules = try save.call([])
        return rules.status == 0 && rules.text.contains("WGWADM_")
    }
}
