import Support

/// The folder for copies of the database.
enum BackupCheck {
    static func findings(_ options: Reconciliation.Options) -> [Finding] {
        guard let backups = options.backups else { return [] }
        do {
            try backups.examine(trust: options.folderTrust)
            return [.ok("backups", "\(backups.path) can be written; \(backups.kept) are kept")]
        } catch let error as any ExplainedError {
            return [.problem("backups", error)]
        } catch {
            return [.problem("backups", "\(error)", try: "look at \(backups.path)")]
        }
    }
}
