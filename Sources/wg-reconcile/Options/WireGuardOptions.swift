import ArgumentParser
import Reconcile

struct WireGuardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the WireGuard configs, /etc/wireguard on most hosts.", valueName: "dir"))
    var wireguardDir: String?

    func directory(_ environment: EnvironmentVariables) throws -> String {
        guard let path = try wireguardDir ?? environment.value("wireguard-dir") else {
            throw MissingOption(option: "--wireguard-dir")
        }
        return path
    }
}
