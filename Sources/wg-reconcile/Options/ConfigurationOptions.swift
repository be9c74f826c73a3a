import ArgumentParser
import Feed
import Foundation
import Glibc
import Support

/// Where options come from that are not on the command line.
struct ConfigurationOptions: ParsableArguments {
    static let usualPath = "/etc/wg-reconcile/config.json"

    @Option(
        help: ArgumentHelp(
            """
            A file with options, a JSON object such as { "max-removals": 200 }. The command line and the environment \
            take precedence over it. (default: /etc/wg-reconcile/config.json, if it exists)
            """, valueName: "path"))
    var config: String?

    /// - Returns: nil where no file is named and the default one does not exist.
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedConfiguration``.
    func file() throws -> ConfigurationFile? {
        guard let path = config ?? usualPath else { return nil }
        return try ConfigurationFile(reading: path, trust: FileTrust())
    }

    /// nil where no file exists. A file that exists but cannot be examined is an error when it is read: it may set
    /// guards.
    private var usualPath: String? {
        access(Self.usualPath, F_OK) != 0 && [ENOENT, ENOTDIR].contains(errno) ? nil : Self.usualPath
    }
}
