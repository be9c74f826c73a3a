import Report
import Support

/// The report directory, where each run gets a folder.
enum ReportCheck {
    static func findings(_ options: Reconciliation.Options) -> [Finding] {
        let path = options.reportDirectory
        guard !path.isEmpty else { return [] }
        do {
            try ReportFolder.examine(path, trust: options.folderTrust)
            let isThere = try ReportFailure.wrapping(path) { () throws(FileFailure) in
                let isThere = try FileSystem.isFolder(atEndOf: path)
                try DurableFile.tryFile(in: isThere ? path : FileSystem.parent(of: path))
                return isThere
            }
            return [
                isThere
                    ? .ok("reports", "\(path) can be written")
                    : .ok("reports", "\(path) does not exist yet and can be created")
            ]
        } catch {
            return [.problem("reports", error)]
        }
    }
}
