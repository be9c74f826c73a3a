import ControlPlane
import Journal
import Support

// Files that go with a removed instance, and come back with it.
extension ConfigFolder {
    /// The scripts of a bandwidth limit, which only the application writes, and the configs that run them; by instance.
    ///
    /// - Throws: ``ConfigsFailure``.
    package func filesToArchive(
        of numbers: [Int], in database: ControlPlaneDatabase
    ) throws(ConfigsFailure) -> [Int: [ArchivedAccount.File]] {
        guard database.schema.capabilities.limitsBandwidth else { return [:] }
        return try ConfigsFailure.wrapping { () throws(FileFailure) in
            let scripts = try BandwidthScripts(in: folder)
            var files: [Int: [ArchivedAccount.File]] = [:]
            for number in numbers where scripts.areRun(byConfigOf: number) {
                for name in BandwidthScripts.fileNames(of: number) + [InterfaceName.config(of: number)] {
                    guard let file = try folder.regularFile(name) else { continue }
                    files[number, default: []].append(
                        ArchivedAccount.File(name: name, mode: file.facts.st_mode & 0o7777, content: file.bytes))
                }
            }
            return files
        }
    }

    /// Writes these files where nothing has their name. Call it before configs are brought up to date: a config that runs
    /// scripts goes on running them.
    ///
    /// - Throws: ``ConfigsFailure``.
    package func putBack(_ files: [ArchivedAccount.File]) throws(ConfigsFailure) {
        try ConfigsFailure.wrapping { () throws(FileFailure) in
            for file in files where try folder.status(of: file.name) == nil {
                try DurableFile.replace(file.name, in: folder, with: file.content, mode: file.mode)
            }
        }
    }
}
