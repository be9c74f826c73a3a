import ControlPlane
import Support

/// The WireGuard config of one instance, as written to disk. Holds private keys: never log or print it.
package struct InterfaceConfig: Sendable {
    /// The interface is `wg<number>`.
    var number: Int
    package var bytes: [UInt8]
    /// Whether this instance's PostUp runs the application's firewall script.
    var runsFirewallScript: Bool

    package var fileName: String { InterfaceName.config(of: number) }

    /// Whether another config differs at most in its PostUp and PostDown lines.
    func differsInPostCommandsAlone(from other: [UInt8]) -> Bool {
        func rest(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
            text.split(separator: .lineFeed, omittingEmptySubsequences: false)
                .filter { !$0.starts(with: "PostUp".utf8) && !$0.starts(with: "PostDown".utf8) }
        }
        return rest(bytes) == rest(other)
    }
}

/// A database value that must not be written into a config, because it would end its line and begin another, such as
/// a PostUp command that runs as root.
package struct UnwritableValue: Error {
    package var interfaceNumber: Int
    /// The column of the value. The value itself is never shown, as it may be a key.
    package var column: String
}
