import Foundation
import Testing

/// Three VPN hosts, each a control plane of its own on this machine, and the playbook that applies a feed on all of them.
struct Fleet {
    static let hosts = ["vpn1", "vpn2", "vpn3"]

    /// By host.
    let planes: [String: ControlPlaneFolder]
    /// Where the inventory, the feed and the merged reports are.
    let folder: String

    var reports: String { folder + "/reports" }

    /// The folder on a host that the feed is put in.
    func handedOut(to host: String) -> String { folder + "/handed-out/" + host }

    /// Whether any host was given anything.
    var wasHandedOut: Bool { FileManager.default.fileExists(atPath: folder + "/handed-out") }

    subscript(host: String) -> ControlPlaneFolder {
        get throws { try #require(planes[host]) }
    }

    // MARK: Ansible

    /// The path of ansible-playbook; nil where it is not installed. WG_RECONCILE_ANSIBLE names the folder that has it, a
    /// virtual environment's `bin` say.
    static let playbookProgram: String? = {
        let variables = ProcessInfo.processInfo.environment
        let path = (variables["PATH"] ?? "").split(separator: ":").map(String.init)
        return ([variables["WG_RECONCILE_ANSIBLE"]].compactMap { $0 } + path)
            .map { $0 + "/ansible-playbook" }.first { access($0, X_OK) == 0 }
    }()

    /// With WG_RECONCILE_REQUIRE_ANSIBLE=1 a test that needs Ansible fails where there is none; else it is skipped.
    static let isExpected =
        playbookProgram != nil || ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_ANSIBLE"] == "1"

    /// Runs the playbook to its end.
    func play(_ arguments: [String] = []) throws -> ProgramResult {
        let program = try #require(Self.playbookProgram, "ansible-playbook is not installed")
        let playbook = URL(filePath: #filePath).appending(path: "../../../../jobs/fleet.yml").standardizedFileURL.path()
        let path = URL(filePath: program).deletingLastPathComponent().path() + ":/usr/sbin:/usr/bin:/sbin:/bin"
        return try ProgramProcess(
            program, ["-i", folder + "/inventory.json", playbook] + arguments,
            environment: [
                "PATH": path, "HOME": folder, "ANSIBLE_HOME": folder + "/ansible", "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCALHOST_WARNING": "false",
            ]
        ).end(within: 300)
    }

    /// Writes the feed of accounts that ended, and the inventory.
    ///
    /// - Parameters:
    ///   - written: the feed's time; nil for now.
    ///   - options: what one host is given besides the options of all.
    ///   - programs: what one host has in place of the program.
    ///   - unnamed: hosts of which the inventory does not name the database and the configs.
    func prepare(
        feed: String, written: Date? = nil, options: [String: [String]] = [:], programs: [String: String] = [:],
        withoutPlaces unnamed: Set<String> = []
    ) throws {
        try Data(feed.utf8).write(to: URL(filePath: folder + "/feed.csv"))
        if let written {
            try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: folder + "/feed.csv")
        }
        var hosts: [String: Any] = [:]
        for (host, plane) in planes {
            var own: [String: Any] = [
                "wg_reconcile_report_dir": plane.reports, "wg_reconcile_feed_dir": handedOut(to: host),
                "wg_reconcile_options": ["--no-apply"] + options[host, default: []],
            ]
            if !unnamed.contains(host) {
                own["wg_reconcile_database"] = plane.database
                own["wg_reconcile_wireguard_dir"] = plane.wireguard
            }
            own["wg_reconcile_program"] = programs[host]
            hosts[host] = own
        }
        let variables: [String: Any] = [
            "ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "wg_reconcile_become": false, "wg_reconcile_program": Program.path, "wg_reconcile_fleet_dir": reports,
            "wg_reconcile_feed": folder + "/feed.csv",
        ]
        let inventory = ["all": ["vars": variables, "children": ["vpn": ["hosts": hosts]]]]
        // Sorted, since the playbook takes the hosts in the order of the inventory.
        try JSONSerialization.data(withJSONObject: inventory, options: .sortedKeys)
            .write(to: URL(filePath: folder + "/inventory.json"))
    }

    /// The merged report that `latest` leads to.
    func report() throws -> ReportRead { try ReportRead(at: reports + "/latest/report.json") }
}

/// Runs a test on a fleet of its own, which is gone afterwards.
func withFleet(_ body: (Fleet) throws -> Void) throws {
    try withControlPlane { first in
        try withControlPlane { second in
            try withControlPlane { third in
                let planes = Dictionary(uniqueKeysWithValues: zip(Fleet.hosts, [first, second, third]))
                let folder = NSTemporaryDirectory() + "wg-reconcile-fleet-" + UUID().uuidString
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                // What cannot be deleted stays in the temporary folder, and the test has its result either way.
                defer { try? FileManager.default.removeItem(atPath: folder) }
                try body(Fleet(planes: planes, folder: folder))
            }
        }
    }
}
