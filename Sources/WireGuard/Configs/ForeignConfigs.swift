import Feed
import Support

/// The folder of the configs is not that of the database: a run would write every customer's key into it, and another
/// control plane would lose its configs. Nothing was removed.
package struct ForeignConfigs: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        /// Configs with neither a key nor the peers of an instance of the database, by name, of so many.
        case otherKeys([String], of: Int)
        /// Interfaces of the database that are up, while none of its configs is in the folder.
        case noneWhileUp([String], instances: Int)
    }

    package var reason: Reason
    package var folder: String

    init(_ reason: Reason, folder: String) { (self.reason, self.folder) = (reason, folder) }

    package var operation: String { "use" }
    package var subject: String { "the folder of the configs \(folder)" }

    package var cause: String {
        switch reason {
        case .otherKeys(let names, let total):
            "it is probably another control plane's: \(names.count) of the \(total) configs of the database's instances "
                + "have a private key that no instance has, or none, and other peers, and no config has a key of the "
                + "database: \(names.firstFew())"
        case .noneWhileUp(let names, let instances):
            "none of the database's \(instances) configs is in it, but interfaces are up with the database's keys: "
                + names.firstFew()
        }
    }

    package var hint: String {
        switch reason {
        case .otherKeys:
            "give the folder of this database with --wireguard-dir; if it is this one, because the keys and the "
                + "peers were really renewed, export the configs in the application; nothing was removed"
        case .noneWhileUp:
            "give the folder that they came from with --wireguard-dir; if it is this one and it was emptied, export "
                + "the configs in the application; nothing was removed"
        }
    }

    package var exitStatus: ExitStatus { .configurationWrong }
}
