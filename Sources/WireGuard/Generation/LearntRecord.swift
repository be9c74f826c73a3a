/// What was learnt of the application's output before anything was written.
package struct LearntRecord: Sendable {
    /// The name of the generation, which stays the same from version to version.
    package var generation: String
    /// Its releases, for people.
    package var releases: String
    /// What told of it: `wg-firewall.sh`, `configs`, `tables`.
    package var evidence: [String]
    /// The MTU of every config; nil for none.
    package var mtu: Int?
    /// Whether clients of the VPN may reach the application's own pages.
    package var letsClientsReachApplication: Bool

    package init(_ learnt: LearntOutput) {
        generation = learnt.generation.name
        releases = learnt.generation.releases
        evidence = learnt.evidence.map(\.rawValue)
        mtu = learnt.mtu
        letsClientsReachApplication = learnt.letsClientsReachApplication
    }

    /// In a line: `releases from 9975 (recognised from wg-firewall.sh, configs, tables)`.
    package var sentence: String { "\(releases) (recognised from \(evidence.joined(separator: ", ")))" }
}
