import WireGuard

extension ConfigsRecord {
    /// The sentence for a host without a cluster.
    package var note: String { note(of: nil) }

    /// What a reader of the report has to know about live interfaces, as a sentence.
    ///
    /// - Parameter cluster: nil where there is none. By its settings, this host may have no interfaces; then only the
    ///   workers can tell whether a tunnel is down.
    package func note(of cluster: ClusterRecord?) -> String {
        let isUpOnWorkersAlone = cluster?.primaryHasInterfaces == false
        let main =
            switch notApplied {
            case nil: "live interfaces were updated to match the configs"
            case .notAsked where isUpOnWorkersAlone, .nothingInSight where isUpOnWorkersAlone:
                "live interfaces were not touched: by the application's settings, none is up on this host"
            case .noPrograms where isUpOnWorkersAlone:
                "live interfaces were not touched, because wg is not installed here: by the application's settings, "
                    + "none is up on this host"
            case .notAsked:
                "live interfaces were not touched: a removed tunnel stays up until its interface is taken down"
            case .noPrograms:
                "live interfaces were not touched, because wg is not installed here: a removed tunnel stays up until "
                    + "its interface is taken down"
            case .nothingInSight:
                "live interfaces were not touched: none of the database's can be seen from here; --netns says where "
                    + "to look"
            case .nothingInNamespace:
                "none of the database's interfaces is up in the given network namespace; "
                    + (live.firewallRun ? "the firewall script was run there" : "nothing was changed there")
            case .unseen:
                "live interfaces were not touched, because they could not be listed, or the run ended before that"
            case .inPart:
                "not all live interfaces were updated to match the configs: see "
                    + (!errors.isEmpty
                        ? "errors" : live.leftAlone.isEmpty ? "not_applied" : "interfaces_left_alone")
            }
        return ([main] + live.remarks).joined(separator: "; ")
    }
}
