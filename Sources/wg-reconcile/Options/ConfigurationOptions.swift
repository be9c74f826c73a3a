import ArgumentParser
import Feed
import Foundation
import Glibc
import Support

/// Where options that the command line does not give come from.
struct ConfigurationOptions: ParsableArguments {
    static let usualPath = "/etc/wg-reconcile/config.json"

    @Option(
        help: ArgumentHelp(
            """
            A file with options, a JSON object such as { "max-removals": 200 }. What the command line or the \
            environment says goes first. (default: /etc/wg-reconcile/config.json, if it exists)
            """, valueName: "path"))
    var config: String?

    /// The environment, and the file that was named or is usual.
    ///
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedConfiguration``, ``WrongSetting``.
    func settings() throws -> Settings { try Settings(file: file()) }

    /// - Returns: nil where none is named and the usual one is not there.
    func file() throws -> ConfigurationFile? {
        guard let path = try config ?? Settings().value(.config) ?? usualPath else { return nil }
        return try ConfigurationFile(reading: path, trust: FileTrust())
    }

    /// nil where nothing is there. What is there and cannot be looked at is an error of its reader: it may hold guards.
    private var usualPath: String? {
        access(Self.usualPath, F_OK) != 0 && [ENOENT, ENOTDIR].contains(errno) ? nil : Self.usualPath
    }
}
