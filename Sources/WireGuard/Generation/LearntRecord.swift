import Support

/// What was learnt about the application's output before anything was written, for the report.
package struct LearntRecord: Hashable, Sendable, Codable {
    /// The name of the generation, which is the same in every version of wg-reconcile.
    package var generation: String
    /// Its releases, for display.
    package var releases: String
    /// What it was recognised from: `wg-firewall.sh`, `configs`, `tables`.
    package var evidence: [String]
    /// The MTU of every config; nil for none.
    package var mtu: Int?
    /// Whether VPN clients may reach the application's own pages.
    package var letsClientsReachApplication: Bool

    enum CodingKeys: String, JSONMembers {
        case generation, releases
        case evidence = "recognised_from"
        case mtu
        case letsClientsReachApplication = "clients_reach_application"
    }

    package init(_ learnt: LearntOutput) {
        generation = learnt.generation.name
        releases = learnt.generation.releases
        evidence = learnt.evidence.map(\.rawValue)
        mtu = learnt.mtu
        letsClientsReachApplication = learnt.letsClientsReachApplication
    }

    /// In one line: `releases from 9975 (recognised from wg-firewall.sh, configs, tables)`.
    package var sentence: String { "\(releases) (recognised from \(evidence.joined(separator: ", ")))" }
}
