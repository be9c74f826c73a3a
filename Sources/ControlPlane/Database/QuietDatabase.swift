import Glibc
import Support

/// A database in WAL mode that no process has open, for a reader who may make no files next to it.
///
/// SQLite needs such files to read in WAL mode. Without them it can only read the file as immutable, and then takes no
/// locks and does not notice a writer. So this records the state of the file before it is opened. A process that writes
/// has to create a `-wal` file first, and changes the database at a checkpoint. Check ``isUnchanged`` after reading, and
/// discard what was read if it is false.
struct QuietDatabase: Hashable, Sendable {
    /// Without links.
    private let path: String
    private let state: State

    private struct State: Hashable {
        let size: off_t
        let changedAt: [Int]
        let hasLog: Bool
    }

    /// - Returns: nil where SQLite reads the database in the usual way, or cannot read all of it without these files. It
    ///   opens and closes the file, so it must run before SQLite opens it.
    init?(at path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        guard Self.isInWALMode(self.path),
            faccessat(AT_FDCWD, FileSystem.parent(of: self.path), W_OK | X_OK, AT_EACCESS) != 0,
            let state = Self.state(of: self.path), !state.hasLog
        else { return nil }
        self.state = state
    }

    /// The database for SQLite, which is to read it without locks and files.
    var uri: String {
        let plain = path.utf8.map { byte in
            let isPlain = Self.plain.contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "file:" + plain.joined() + "?immutable=1"
    }

    private static let plain = Set("/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)

    /// Whether the database has not been written to since then.
    var isUnchanged: Bool { Self.state(of: path) == state }

    private static func state(of path: String) -> State? {
        var (facts, log) = (stat(), stat())
        guard stat(path, &facts) == 0 else { return nil }
        let hasLog = stat(path + "-wal", &log) == 0 || errno != ENOENT
        return State(
            size: facts.st_size, changedAt: [facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec], hasLog: hasLog)
    }

    /// The read version of the file format, byte 19 of the header, is 2 in WAL mode.
    private static func isInWALMode(_ path: String) -> Bool {
        // If it cannot be read, opening it meets the same error and reports it.
        guard let header = try? FileContents.read(path, atMost: 20), header.count == 20 else { return false }
        return header[19] == 2
    }
}
