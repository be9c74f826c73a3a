import Foundation
import Testing

@Suite("Program: a firewall script that nobody knows")
struct ProgramUnknownFirewallTests {
    @Test(arguments: [ControlPlaneFolder.scriptOfUnknownRelease, "#!/bin/bash\n# mine\niptables -F\n"])
    func `it is left alone and named: 1, and with --keep-firewall 0`(script: String) throws {
        try withControlPlane { plane in
            try plane.write(script, to: "wireguard/wg-firewall.sh")
            try plane.write(plane.feed(ending: plane.bystanders.prefix(1)), to: "one.csv")
            let run = try plane.program("run", "one.csv", ["--no-apply", "--summary"])
            #expect(run.status == 1, "\(run.stderr)")
            #expect(run.stdout.contains("! wg-firewall.sh is left alone"), "\(run.stdout)")
            #expect(run.stdout.contains("--keep-firewall"))
            #expect(try plane.report().outcomes == ["removed"])
            let report = try String(contentsOfFile: plane.path("reports/latest/report.json"), encoding: .utf8)
            #expect(report.contains(#""wireguard_configs""#), "the configs are whole all the same")

            for (options, environment) in [(["--keep-firewall"], [:]), ([], ["WG_RECONCILE_KEEP_FIREWALL": "true"])] {
                let run = try plane.program(
                    "run", "one.csv", ["--no-apply", "--summary"] + options, environment: environment)
                #expect(run.status == 0, "\(run.stderr)")
                #expect(run.stdout.contains("left alone"))
            }
            #expect(try plane.read("wireguard/wg-firewall.sh") == script)
        }
    }
}

extension ControlPlaneFolder {
    /// In the form of the application's, with a rule that no release has.
    static let scriptOfUnknownRelease = """
        #!/bin/bash
        # Description: Firewall rules for WireGuard_WebAdmin
        iptables -t filter -N WGWADM_FORWARD
        iptables -t raw -A PREROUTING -i wg+ -j NOTRACK
        iptables -t filter -A WGWADM_FORWARD -i wg+ -o wg+ -j ACCEPT

        """
}
