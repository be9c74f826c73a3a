import ArgumentParser
import Reconcile

struct WireGuardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the WireGuard configs, /etc/wireguard on most hosts.", valueName: "dir"))
    var wireguardDir: String?

    @Option(
        help: ArgumentHelp(
            "A line MTU in every config, for an application that takes it from its environment. (default: none)",
            valueName: "bytes"))
    var mtu: MTU?

    func mtu(_ environment: EnvironmentVariables) throws -> Int? { try (mtu ?? environment.value("mtu"))?.value }

    func directory(_ environment: EnvironmentVariables) throws -> String {
        guard let path = try wireguardDir ?? environment.value("wireguard-dir") else {
            throw MissingOption(option: "--wireguard-dir")
        }
        return path
    }
}
