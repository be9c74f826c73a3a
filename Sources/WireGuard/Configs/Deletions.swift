import Journal
import Support

/// The configs and scripts that a run deletes and the interfaces that it takes down, kept in a file in the folder of the
/// configs until the run is complete. If the run is cut short, its continuation finds them gone, and only this list
/// shows that it was the run that removed them.
///
/// The list is not synced. After a power cut, the report may lack something that was removed.
struct Deletions: Sendable {
    static let fileName = ".wg-deleted.pending"

    /// The files that an earlier part of the run has deleted.
    let earlierFiles: [String]
    /// The interfaces that an earlier part of the run has taken down.
    let earlierInterfaces: [String]
    private let run: RunID?
    private let folder: OpenFolder

    /// - Parameter run: nil where no report lists what is deleted; nothing is kept then.
    init(of run: RunID?, in folder: OpenFolder) throws(FileFailure) {
        (self.run, self.folder) = (run, folder)
        guard let run else {
            (earlierFiles, earlierInterfaces) = ([], [])
            return
        }
        let names: [String] = try Self.lines(in: folder).compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == run.description ? String(words[1]) : nil
        }
        // The names of files have a suffix.
        earlierFiles = names.filter { $0.contains(".") }
        earlierInterfaces = names.filter { !$0.contains(".") }
    }

    /// Call it before a file is deleted, and once an interface is down.
    func enter(_ name: String) {
        guard let run else { return }
        // A list that cannot be written must not keep a removed customer's config from being deleted.
        guard let file = try? OpenFile.toAppend(Self.fileName, in: folder) else { return }
        // The line end comes first, so that a line cut off by a full disk does not damage the next one.
        try? file.write(Array("\n\(run) \(name)".utf8))
        try? file.close()
    }

    /// Removes the run from the list. Call it once its report is in place.
    static func forget(_ run: RunID, in folder: OpenFolder) throws(FileFailure) {
        let lines = try lines(in: folder)
        let rest = lines.filter { !$0.hasPrefix("\(run) ") }
        if lines.isEmpty || rest.count == lines.count { return }
        if rest.isEmpty { return try folder.remove(fileName) }
        try DurableFile.replace(
            fileName, in: folder, with: Array(("\n" + rest.joined(separator: "\n")).utf8), mode: 0o600)
    }

    private static func lines(in folder: OpenFolder) throws(FileFailure) -> [Substring] {
        String(decoding: try folder.regularFile(fileName)?.bytes ?? [], as: UTF8.self).split(separator: "\n")
    }
}
