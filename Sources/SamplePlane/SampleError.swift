import Support

/// Why a sample cannot be made.
package enum SampleError: ExplainedError, Equatable {
    /// The folder is not empty. Samples never overwrite anything.
    case folderNotEmpty(path: String)
    /// The database file exists already.
    case databaseExists(path: String)
    /// A system call failed.
    case notWritten(path: String, reason: String, permission: Bool)
    /// An instance has a /24 network: 253 addresses in addition to its own.
    case tooManyPeers(asked: Int)

    package var operation: String { "make a sample in" }

    package var subject: String {
        switch self {
        case .folderNotEmpty(let path), .databaseExists(let path), .notWritten(let path, _, _): path
        case .tooManyPeers: "the database"
        }
    }

    package var cause: String {
        switch self {
        case .folderNotEmpty: "the folder holds something already"
        case .databaseExists: "the file exists already"
        case .notWritten(_, let reason, _): reason
        case .tooManyPeers(let asked): "\(asked) peers do not fit into the network of an instance"
        }
    }

    package var hint: String {
        switch self {
        case .folderNotEmpty: "name a folder that is empty or does not exist yet"
        case .databaseExists: "name a file that does not exist yet"
        case .notWritten(_, _, true): "name a folder that you may write to"
        case .notWritten: "see that the disk has room, or name another folder"
        case .tooManyPeers: "ask for 253 peers or fewer for each account"
        }
    }

    package var exitStatus: ExitStatus {
        switch self {
        case .folderNotEmpty, .databaseExists, .tooManyPeers: .usage
        case .notWritten(_, _, let permission): permission ? .notPermitted : .inputOutput
        }
    }
}
