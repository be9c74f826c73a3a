import Glibc
import Report
import Support

/// Whether the file systems have room for what a run writes.
enum DiskSpaceCheck {
    /// A folder that is written to, and how many bytes a run may need there at most.
    private struct Need {
        var folder: String
        var bytes: Int
    }

    /// Bytes that an account takes in the report, and in the database's journal: more than any seen so far.
    private static let bytesPerEntry = 4_096
    /// Bytes that are needed whatever the feed contains.
    private static let least = 1 << 20

    static func findings(_ options: Reconciliation.Options, entries: Int) -> [Finding] {
        do throws(FileFailure) {
            var systems: [UInt: [Need]] = [:]
            for need in try needs(options, entries: entries) {
                // Another check reports a missing folder.
                guard let facts = try FileSystem.statusBehindLinks(of: need.folder) else { continue }
                systems[UInt(facts.st_dev), default: []].append(need)
            }
            var findings: [Finding] = []
            for needs in systems.sorted(by: { $0.key < $1.key }).map(\.value) {
                if let finding = try finding(needs) { findings.append(finding) }
            }
            return findings
        } catch {
            return [.problem("disk space", error.description, try: "check the disk")]
        }
    }

    private static func needs(_ options: Reconciliation.Options, entries: Int) throws(FileFailure) -> [Need] {
        var needs: [Need] = []
        if !options.databasePath.isEmpty, let facts = try FileSystem.statusBehindLinks(of: options.databasePath) {
            // A rollback journal holds the old content of each changed page: at most the whole database.
            let bytes = Int(facts.st_size) + bytesPerEntry * entries + least
            needs.append(Need(folder: FileSystem.parent(of: options.databasePath), bytes: bytes))
        }
        if let backups = options.backups, let facts = try FileSystem.statusBehindLinks(of: options.databasePath) {
            let isThere = try FileSystem.statusBehindLinks(of: backups.path) != nil
            needs.append(
                Need(folder: isThere ? backups.path : FileSystem.parent(of: backups.path), bytes: Int(facts.st_size)))
        }
        if !options.wireguardDirectory.isEmpty {
            needs.append(Need(folder: options.wireguardDirectory, bytes: least))
        }
        if !options.reportDirectory.isEmpty {
            let isThere = try FileSystem.statusBehindLinks(of: options.reportDirectory) != nil
            needs.append(
                Need(
                    folder: isThere ? options.reportDirectory : FileSystem.parent(of: options.reportDirectory),
                    bytes: bytesPerEntry * entries + least))
        }
        return needs
    }

    /// - Returns: nil for a file system that does not report its size.
    private static func finding(_ needs: [Need]) throws(FileFailure) -> Finding? {
        let folder = needs[0].folder
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { throw FileFailure(.examine, folder) }
        guard facts.f_blocks > 0 else { return nil }
        // Some blocks are reserved for root.
        let blocks = geteuid() == 0 ? facts.f_bfree : facts.f_bavail
        let free = Int(clamping: UInt64(blocks).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue)
        let needed = needs.reduce(0) { $0 + $1.bytes }
        let places = needs.map(\.folder).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let text = "\(size(free)) free for \(places.joined(separator: ", ")); a night takes up to \(size(needed))"
        if free < needed { return .problem("disk space", text, try: advice) }
        // File systems that create inodes on demand report a total of 0.
        if facts.f_files > 0 && facts.f_favail < 1_000 {
            return .problem("disk space", "only \(facts.f_favail) more files fit at \(folder)", try: advice)
        }
        return free < 3 * needed ? .note("disk space", text, try: advice) : .ok("disk space", text)
    }

    private static let advice = "free some disk space; --keep-reports DAYS drops old reports"

    private static func size(_ bytes: Int) -> String {
        let units = [("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)]
        guard let (name, unit) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) bytes" }
        let tenths = bytes * 10 / unit
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(tenths / 10) \(name)"
    }
}
