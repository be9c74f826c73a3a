import Glibc

extension DurableFile {
    /// Makes a new file that somebody else fills by its path, as SQLite does: writes it aside, syncs it, renames it.
    ///
    /// Only its owner can read it, also while it is being filled. After the call its name survives a power cut.
    ///
    /// - Parameter fill: Gets the path of an empty file and returns once it is filled.
    /// - Throws: ``FileFailure``, and what `fill` throws. The aside is then deleted, and nothing has the name.
    package static func make(
        _ name: String, in folder: OpenFolder, filledBy fill: (_ path: String) throws -> Void
    ) throws {
        let aside = asideName(for: name)
        let path = folder.path(of: aside)
        do {
            try OpenFile.create(aside, in: folder).close()
            try fill(path)
            let file = try OpenFile.toRead(aside, in: folder)
            // If the folder was replaced meanwhile, something else was filled.
            guard try file.facts().st_size > 0 else { throw FileFailure(.write, path, code: ESTALE) }
            try file.sync()
            try file.close()
            try folder.rename(aside, to: name)
            try folder.sync()
        } catch {
            // Report the first failure. The next run deletes an aside that stays behind.
            try? folder.remove(aside)
            throw error
        }
    }
}
