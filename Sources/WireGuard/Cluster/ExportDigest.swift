import Support

/// A digest over some of the files that workers fetch, as they are in the folder. It shows whether somebody has changed
/// them.
enum ExportDigest {
    /// - Returns: SHA-256 over names and bytes, in hex. What is not a file, or cannot be read, counts by its name alone.
    static func of(_ names: Set<String>, in folder: OpenFolder) -> String {
        var hash = SHA256()
        for name in names.sorted() {
            hash.update(Array(name.utf8) + [0])
            // An error must not raise the version every night. Once the file can be read, the digest changes.
            let bytes = (try? folder.regularFile(name))?.bytes
            hash.update(bytes.map(SHA256.digest) ?? [UInt8](repeating: 0, count: SHA256.byteCount))
        }
        return hash.finalize().hexDigits
    }
}
