import ArgumentParser

struct WireGuardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the WireGuard configs, /etc/wireguard on most hosts.", valueName: "dir"))
    var wireguardDir: String?

    @Option(
        help: ArgumentHelp(
            "The MTU in every config, which the application takes from its environment. (default: that of the configs)",
            valueName: "bytes"))
    var mtu: MTU?

    @Flag(help: "A firewall script of an unknown release, or of somebody else, is as it should be: no error.")
    var keepFirewall = false

    func keepsFirewall(_ settings: Settings) throws -> Bool { try keepFirewall || settings.flag(.keepFirewall) }

    func mtu(_ settings: Settings) throws -> Int? { try (mtu ?? settings.value(.mtu))?.value }

    func directory(_ settings: Settings) throws -> String {
        guard let path = try wireguardDir ?? settings.value(.wireguardDir) else {
            throw MissingOption(option: .wireguardDir)
        }
        return path
    }
}
