import Support

/// A report in place.
package struct PublishedReport: Sendable {
    /// The folder of its run.
    package let path: String

    package init(path: String) { self.path = path }

    /// Passes on `report.json` as it is on disk, a portion at a time.
    ///
    /// - Throws: `FileFailure`, and what `take` throws.
    package func copyDocument(to take: ([UInt8]) throws -> Void) throws {
        let file = try OpenFile.toRead(path + "/" + ReportFolder.document)
        while true {
            let portion = try file.read(atMost: 1 << 20)
            if portion.isEmpty { return }
            try take(portion)
        }
    }
}
