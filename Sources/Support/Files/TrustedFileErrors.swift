import Glibc

/// A file that others may have written. None of it was used.
package struct UntrustedFile: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        case writableByEverybody
        case writableByGroup
        case ownedBy(uid_t)
    }

    package var role: FileRole
    package var path: String
    package var reason: Reason

    package init(role: FileRole, path: String, reason: Reason) {
        self.role = role
        self.path = path
        self.reason = reason
    }

    package var operation: String { "trust \(role.rawValue)" }
    package var subject: String { path == "-" ? "on standard input" : path }

    package var cause: String {
        switch reason {
        case .writableByEverybody: "everybody can write to it"
        case .writableByGroup: "its group can write to it"
        case .ownedBy(let user): "it belongs to user \(user), who is neither root nor the user who runs this"
        }
    }

    package var hint: String {
        switch (reason, role) {
        case (.ownedBy, .database):
            "name the application's user with --database-owner, or give --allow-unsafe-permissions"
        case (.ownedBy, .feed), (.ownedBy, .signature): "name billing's user with --feed-owner, or have the feed signed"
        case (_, .feed) where path == "-": "make that file writable only by its owner, or pipe the feed in"
        case (.ownedBy, .firewallScript): "chown root \(path)"
        case (.ownedBy, _): "make root the owner of the file"
        default: "chmod go-w \(path), and find out who could have changed it"
        }
    }

    package var exitStatus: ExitStatus { .notPermitted }
}

/// A file that is named in the configuration and cannot be used.
package struct UnusableFile: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        case unreadable(FileFailure)
        case empty
        /// A line, from 1, that does not have the expected content.
        case wrongLine(Int)
    }

    package var role: FileRole
    package var path: String
    package var reason: Reason

    package init(_ role: FileRole, path: String, reason: Reason) {
        self.role = role
        self.path = path
        self.reason = reason
    }

    package var operation: String { "read \(role.rawValue)" }
    package var subject: String { path }

    package var cause: String {
        switch reason {
        case .unreadable(let failure): failure.reason
        case .empty: "it is empty"
        case .wrongLine(let line): "line \(line) is not an email"
        }
    }

    package var hint: String {
        switch reason {
        case .unreadable: "check the path and its permissions; nothing was touched"
        case .empty: "put the key into the file; nothing was touched"
        case .wrongLine: "write one email per line; lines that begin with # are ignored"
        }
    }

    package var exitStatus: ExitStatus {
        if case .unreadable(let failure) = reason, failure.isNotPermitted { return .notPermitted }
        return .configurationWrong
    }
}
