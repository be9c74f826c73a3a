import Feed

/// The two packet filters that a kernel may have, and which of them hold the application's chains.
package struct PacketFilters {
    /// One of the two. Each has its own `iptables-…-save`.
    package enum Kind: String, Sendable, CustomStringConvertible {
        case nft, legacy

        var other: Kind { self == .nft ? .legacy : .nft }

        package var description: String { rawValue }

        /// The program that prints its rules.
        var saveProgram: String { "iptables-\(self)-save" }
    }

    /// The one that `iptables` uses.
    package let ours: Kind
    /// The one that `iptables` does not use.
    var theirs: Kind { ours.other }
    private let programs: HostPrograms

    /// Names the tables of the legacy filter, one a line. The kernel has the file for each network namespace.
    private static let legacyTables = "/proc/net/ip_tables_names"
    /// A file of /proc/net that every kernel has.
    private static let networkDevices = "/proc/net/dev"
    private static let chains = "WGWADM_"

    /// Asks `iptables` in the namespace of the interfaces.
    ///
    /// - Returns: nil where `iptables` is missing or does not report its version. The script fails then as well and
    ///   reports it.
    /// - Throws: ``ProgramFailure`` where it cannot be called.
    package init?(_ programs: HostPrograms) throws(ProgramFailure) {
        guard let iptables = programs.program(named: "iptables") else { return nil }
        // Before 1.8, only the filter now called legacy existed, and the version does not name it.
        let version = try iptables.call(["--version"])
        guard version.status == 0 else { return nil }
        ours = version.text.contains("nf_tables") ? .nft : .legacy
        self.programs = programs
    }

    /// nil where that cannot be seen.
    package var oursHoldsChains: Bool? {
        get throws(ProgramFailure) { try holdsChains(ours, "iptables-save") }
    }

    /// nil where that cannot be seen.
    package var theirsHoldsChains: Bool? {
        get throws(ProgramFailure) { try holdsChains(theirs, theirs.saveProgram) }
    }

    private func holdsChains(_ kind: Kind, _ save: String) throws(ProgramFailure) -> Bool? {
        var isAbsent = false
        if let rules = try programs.program(named: save)?.call([]) {
            if rules.status == 0 {
                let isEmpty = rules.text.allSatisfy(\.isWhitespace)
                // iptables-legacy-save learns its tables from /proc/net, and prints nothing where that is hidden.
                if kind == .legacy && isEmpty { return try seesNetworkFiles() ? false : nil }
                return rules.text.contains(Self.chains)
            }
            isAbsent = kind == .nft && Self.saysThatKernelHasNone(rules.complaint)
        }
        if isAbsent { return false }
        return switch kind {
        case .legacy: try legacyHasTables() == false ? false : nil
        case .nft: try nftHoldsChains()
        }
    }

    /// What `iptables-nft-save` says on a kernel without nf_tables. It is not translated. Without permission, it
    /// says something else.
    private static func saysThatKernelHasNone(_ complaint: String) -> Bool {
        ["Protocol not supported", "Could not fetch rule set generation id: Invalid argument"].contains {
            complaint.contains($0)
        }
    }

    /// Whether the legacy filter has any table. Without a table it has no chains.
    ///
    /// - Returns: nil where that cannot be seen.
    private func legacyHasTables() throws(ProgramFailure) -> Bool? {
        guard let cat = programs.program(named: "cat"), let ls = programs.program(named: "ls") else { return nil }
        let tables = try cat.call([Self.legacyTables])
        if tables.status == 0 { return tables.text.contains { !$0.isWhitespace } }
        // A kernel without the filter does not have the file. One that may not be read says nothing.
        if try ls.call([Self.legacyTables]).status == 0 { return nil }
        return try seesNetworkFiles() ? false : nil
    }

    /// Whether the files of /proc/net can be read. `ProcSubset=pid` of systemd hides all of them.
    private func seesNetworkFiles() throws(ProgramFailure) -> Bool {
        guard let cat = programs.program(named: "cat") else { return false }
        return try cat.call([Self.networkDevices]).status == 0
    }

    private func nftHoldsChains() throws(ProgramFailure) -> Bool? {
        guard let chains = try programs.program(named: "nft")?.call(["list", "chains"]), chains.status == 0 else {
            return nil
        }
        return chains.text.contains(Self.chains)
    }
}
