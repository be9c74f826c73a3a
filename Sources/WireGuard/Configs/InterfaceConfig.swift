import ControlPlane
import Support

/// The WireGuard config of one instance, as it is to stand on disk. Holds private keys: never log or print it.
package struct InterfaceConfig: Sendable {
    /// The instance is the interface `wg<number>`.
    var number: Int
    package var bytes: [UInt8]
    /// Whether this instance's PostUp runs the application's firewall script.
    var runsFirewallScript: Bool

    package var fileName: String { InterfaceName.config(of: number) }

    /// Whether another text says the same but for the commands that run when the interface goes up or down.
    func differsInPostCommandsAlone(from other: [UInt8]) -> Bool {
        func rest(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
            text.split(separator: .lineFeed, omittingEmptySubsequences: false)
                .filter { !$0.starts(with: "PostUp".utf8) && !$0.starts(with: "PostDown".utf8) }
        }
        return rest(bytes) == rest(other)
    }
}

/// A value in the database that must not be written into a config, since it would end its line and begin another: a
/// PostUp command, say, which runs as root.
package struct UnwritableValue: Error {
    package var interfaceNumber: Int
    /// The column that holds it. The value itself is never shown; it may be a key.
    package var column: String
}
