import Feed
import Support

/// The control plane's database cannot be used, or can no longer be used. Ends the run. An error that concerns one
/// account is not a `DatabaseFailure`; that account's outcome is ``Outcome/failed``.
package struct DatabaseFailure: ExplainedError {
    /// Code that reads a database throws a reason. ``ControlPlaneDatabase`` adds the operation and the path.
    package enum Reason: Error, Hashable, Sendable {
        case missing
        case notAFile
        /// Another file was put in its place while it was being opened.
        case replaced
        /// It was moved away, deleted or replaced after it was opened. The message identifies the file that was open.
        case moved
        case notADatabase
        case corrupt
        /// The database lacks tables or columns that wireguard_webadmin has, or has some that this version of
        /// wg-reconcile does not know.
        case unknownSchema(UnknownSchema)
        /// Its text encoding is not UTF-8.
        case notUTF8(encoding: String)
        case busy
        case full
        case readOnly
        /// Its file system is mounted read-only.
        case onReadOnlyMount
        /// This user may not read and write one of the files that SQLite keeps next to the database.
        case fileBesideOutOfReach(path: String, owner: UInt32)
        /// This user only reads, and reading takes a file next to the database that only a user who may write it can
        /// make or work off.
        case needsWriter(owner: UInt32)
        /// Somebody wrote it while this user, who may not take locks on it, was reading it.
        case writtenMeanwhile
        case inputOutput
        /// A write failed, and this process may not write files larger than this many bytes.
        case fileSizeLimited(to: UInt64)
        case outOfMemory
        /// A row of the journal does not have the form in which this program writes it.
        case journalUnreadable
        /// The journal was written by a later version of this program.
        case journalOfLaterProgram(version: Int, known: Int)
        /// Any other SQLite result code.
        case other(code: Int32)
    }

    package var operation: String
    /// The path of the database.
    package var subject: String
    package var reason: Reason
    /// SQLite's message, if there is one. SQLite's messages name tables and columns, never values.
    package var message: String?

    package init(_ reason: Reason, while operation: String, on path: String, message: String? = nil) {
        self.operation = operation
        self.subject = path
        self.reason = reason
        self.message = message
    }

    package var cause: String {
        let said = message.map { " (SQLite says: \($0))" } ?? ""
        return switch reason {
        case .missing: "there is no such file"
        case .notAFile: "it is not a regular file"
        case .replaced: "another file was put in its place while it was being opened"
        case .moved:
            "it was moved, deleted or replaced after it was opened; what was committed went to the file that was there before"
                + (message.map { " (\($0))" } ?? "")
        case .notADatabase: "it is not an SQLite database" + said
        case .corrupt: "the database is corrupt" + said
        case .unknownSchema(let schema): schema.cause
        case .notUTF8(let encoding):
            "its encoding is \(encoding), and this program reads only UTF-8, as Django writes it"
        case .busy: "another process kept it locked for longer than the timeout" + said
        case .full: "the disk is full" + said
        case .readOnly: "it cannot be written" + said
        case .onReadOnlyMount: "its file system is mounted read-only" + said
        case .fileBesideOutOfReach(let path, let owner):
            "\(path), which SQLite keeps beside it, belongs to user \(owner) and cannot be read and written by this "
                + "user"
                + said
        case .needsWriter:
            "reading takes what SQLite keeps beside it (-wal and -shm in WAL mode, or the -journal of a process that was "
                + "cut short), and this user may not read or make it" + said
        case .writtenMeanwhile: "another process has written it while it was being read"
        case .inputOutput: "input/output error" + said
        case .fileSizeLimited(let bytes):
            "a write failed: this process cannot write files larger than \(bytes) bytes" + said
        case .outOfMemory: "out of memory"
        case .journalUnreadable:
            "a row of wg_reconcile_outcome or wg_reconcile_deferred is not in the form in which this program writes it"
        case .journalOfLaterProgram(let version, let known):
            "its journal has version \(version), and this program knows \(known)"
        case .other(let code): "SQLite error \(code)" + said
        }
    }

    package var hint: String {
        switch reason {
        case .missing, .notAFile, .notADatabase:
            "give the application's database with --database: /etc/wireguard/wireguard-webadmin-db.sqlite3, or db.sqlite3 of the "
                + "fork"
        case .unknownSchema(let schema): schema.hint
        case .notUTF8:
            "while the application is stopped, make a copy in UTF-8 with `sqlite3 FILE .dump | sqlite3 COPY`, and put it in "
                + "the place of the database"
        case .corrupt: "restore a backup, or run `sqlite3 FILE 'PRAGMA integrity_check'`, before anything else"
        case .busy: "run it again; what was committed is continued, not repeated"
        case .replaced: "find out who replaces the database, then run it again"
        case .moved: "find out who replaced the database, then run the feed again on the new file"
        case .full: "free some space and run it again; what was committed is continued, not repeated"
        case .readOnly: "run it as the owner of the database, on a writable file system"
        case .onReadOnlyMount: ReadOnlyMount.hint
        case .fileBesideOutOfReach(let path, let owner):
            "run it as user \(owner), or stop the application and give that file to the owner of the database: chown "
                + "--reference=\(subject) \(path)"
        case .fileSizeLimited:
            FileSizeLimit.hint + " and run it again; if it stays, look at the kernel's log and the disk"
        case .needsWriter(let owner): "run it as root, or as user \(owner), who owns the database"
        case .writtenMeanwhile: "run it again"
        case .inputOutput: "look at the kernel's log and the disk, then run it again"
        case .outOfMemory: "free memory and run it again"
        case .journalUnreadable:
            "look at the columns that hold JSON and times; restore the row from a backup, or delete it"
        case .journalOfLaterProgram: "run the version of wg-reconcile that wrote it, or a later one"
        case .other: "run it again; if it happens again, report it with this message"
        }
    }

    package var exitStatus: ExitStatus {
        switch reason {
        case .missing, .notAFile, .notADatabase, .corrupt, .unknownSchema, .notUTF8, .journalUnreadable:
            .databaseUnusable
        case .journalOfLaterProgram: .databaseUnusable
        case .busy, .writtenMeanwhile: .busy
        case .readOnly, .needsWriter, .onReadOnlyMount, .fileBesideOutOfReach, .replaced, .moved: .notPermitted
        case .full, .inputOutput, .fileSizeLimited, .outOfMemory, .other: .inputOutput
        }
    }
}
