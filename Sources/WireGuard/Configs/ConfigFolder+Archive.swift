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

    /// The public keys of the peers in the configs of these instances, by number. Interfaces may still have a peer that
    /// was deleted or got another key since the last export. Configs that are or may be somebody else's are left out.
    package func exportedKeys(of numbers: [Int]) -> [Int: Set<String>] {
        numbers.filter { !numbersOfOthers.contains($0) }.reduce(into: [:]) { keys, number in
            keys[number] = peerKeys(ofConfig: InterfaceName.config(of: number))
        }
    }

    /// The numbers of the configs in the folder.
    ///
    /// - Throws: ``ConfigsFailure``.
    package func numbers() throws(ConfigsFailure) -> Set<Int> {
        try ConfigsFailure.wrapping { () throws(FileFailure) in
            Set(try folder.names().compactMap(InterfaceName.number(ofConfig:)))
        }
    }

    /// The numbers whose configs are or may be somebody else's, and are left alone.
    package var numbersOfOthers: Set<Int> { learnt.ownership.leftAlone }

    /// Writes the files whose names are free, and notes the interfaces to bring up. Call it before the account is
    /// committed and before the configs are brought up to date: a restored config that runs scripts then keeps running
    /// them.
    ///
    /// - Throws: ``ConfigsFailure``.
    package func prepareToRestore(
        _ files: [ArchivedAccount.File], bringingUp numbers: [Int]
    ) throws(ConfigsFailure) {
        try ConfigsFailure.wrapping { () throws(FileFailure) in
            for file in files where try folder.status(of: file.name) == nil {
                try DurableFile.replace(file.name, in: folder, with: file.content, mode: file.mode)
            }
            try RestoredInterfaces.add(numbers, in: folder)
        }
    }
}

/// The numbers of restored instances whose interfaces still have to be brought up. Kept in a file next to the configs,
/// so that the next run brings them up if a restore was cut short.
enum RestoredInterfaces {
    static let fileName = ".wg-restored.pending"

    static func numbers(in folder: OpenFolder) throws(FileFailure) -> Set<Int> {
        let text = String(decoding: try folder.regularFile(fileName)?.bytes ?? [], as: UTF8.self)
        return Set(text.split(separator: "\n").compactMap { Int($0) })
    }

    static func add(_ numbers: [Int], in folder: OpenFolder) throws(FileFailure) {
        if numbers.isEmpty { return }
        try write(try self.numbers(in: folder).union(numbers), in: folder)
    }

    /// - Parameter done: those that are up, or of no instance any more.
    static func remove(_ done: Set<Int>, in folder: OpenFolder) throws(FileFailure) {
        let numbers = try numbers(in: folder)
        guard !numbers.isDisjoint(with: done) else { return }
        try write(numbers.subtracting(done), in: folder)
    }

    private static func write(_ numbers: Set<Int>, in folder: OpenFolder) throws(FileFailure) {
        guard !numbers.isEmpty else { return try folder.remove(fileName) }
        let text = numbers.sorted().map { "\($0)\n" }.joined()
        try DurableFile.replace(fileName, in: folder, with: Array(text.utf8), mode: 0o600)
    }
}
