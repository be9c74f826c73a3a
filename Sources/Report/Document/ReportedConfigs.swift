import Support
import WireGuard

/// The member `run.configs` of `report.json`.
struct ReportedConfigs: Codable, Equatable, Sendable {
    let regenerated: Bool
    let applied: Bool
    let note: String
    /// nil where the run did not get that far, and for a merged run, where each host has its own.
    let application: LearntRecord?
    let written: [String]
    let unchanged: Int
    let deleted: [String]
    let changedOtherwise: [String]
    let unknownFiles: [String]
    let firewallWritten: Bool
    let firewallProblems: [String]
    let interfacesDown: [String]
    let interfacesUp: [String]
    let interfacesSynced: [String]
    let interfacesLeftAlone: [String]
    let interfacesUnseen: [String]
    let notApplied: [String]
    let firewallRun: Bool
    let errors: [String]

    /// In the order in which they are written.
    enum CodingKeys: String, JSONMembers {
        case regenerated, applied, note, application, written, unchanged, deleted
        case changedOtherwise = "changed_otherwise"
        case unknownFiles = "unknown_files"
        case firewallWritten = "firewall_written"
        case firewallProblems = "firewall_problems"
        case interfacesDown = "interfaces_down"
        case interfacesUp = "interfaces_up"
        case interfacesSynced = "interfaces_synced"
        case interfacesLeftAlone = "interfaces_left_alone"
        case interfacesUnseen = "interfaces_unseen"
        case notApplied = "not_applied"
        case firewallRun = "firewall_run"
        case errors

        var layout: JSONText.Layout {
            switch self {
            case .firewallProblems, .notApplied, .errors: .lines
            default: .inline
            }
        }
    }

    /// Whether all configs are as they should be. If not, the run ended with 1.
    var areWhole: Bool { regenerated && errors.isEmpty }
}

extension ReportedConfigs {
    /// - Parameter cluster: the cluster of the host; nil where there is none.
    init(_ record: ConfigsRecord, of cluster: ClusterRecord?) {
        self.init(
            regenerated: record.regenerated, applied: record.applied, note: record.note(of: cluster),
            application: record.learnt,
            written: record.written, unchanged: record.unchanged, deleted: record.deleted,
            changedOtherwise: record.changedOtherwise, unknownFiles: record.unknown,
            firewallWritten: record.firewallWritten, firewallProblems: record.firewallProblems,
            interfacesDown: record.live.down, interfacesUp: record.live.up, interfacesSynced: record.live.synced,
            interfacesLeftAlone: record.live.leftAlone, interfacesUnseen: record.live.unseen,
            notApplied: record.live.notApplied, firewallRun: record.live.firewallRun, errors: record.errors)
    }
}
