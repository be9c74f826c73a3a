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

    func mtu(_ settings: Settings) throws -> Int? { try (mtu ?? settings.value(.mtu))?.value }

    func directory(_ settings: Settings) throws -> String {
        guard let path = try wireguardDir ?? settings.value(.wireguardDir) else {
            throw MissingOption(option: .wireguardDir)
        }
        return path
    }
}
