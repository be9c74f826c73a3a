import ArgumentParser

struct WireGuardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the WireGuard configs, /etc/wireguard on most hosts.", valueName: "dir"))
    var wireguardDir: String?

    @Option(
        help: ArgumentHelp(
            "The MTU in every config, which the application takes from its environment. (default: that of the configs)",
            valueName: "bytes"))
    var mtu: MTU?

    @Flag(help: "Do not report a firewall script of an unknown release, or of somebody else, as an error.")
    var keepFirewall = false

    /// - Throws: ``MissingOptions``.
    func directory() throws -> String {
        guard let wireguardDir else { throw MissingOptions("wireguard-dir") }
        return wireguardDir
    }
}
