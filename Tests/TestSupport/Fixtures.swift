import Foundation

/// The folder `fixtures` at the top of the package.
package enum Fixtures {
    package static func path(_ name: String, from file: String = #filePath) -> String {
        var folder = URL(fileURLWithPath: file)
        // Tests lie at any depth below the package; its manifest tells where it begins.
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
            folder.deleteLastPathComponent()
        }
        return folder.appendingPathComponent("fixtures/" + name).path
    }
}
