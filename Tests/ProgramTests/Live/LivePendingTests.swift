import SamplePlane
import Support
import TestSupport
import Testing

// What was written and not yet applied.
extension LiveInterfacesTests {
    /// A change that leaves the public keys as they are, and what `wg` shows of it once it is applied.
    enum Edit: String, CaseIterable {
        case allowedIPs, presharedKey, privateKey

        func make(for customer: LiveNetwork.Customer, in bench: Bench) throws {
            let new = SampleKeyPair.numbered(17).privateKey
            switch self {
            case .allowedIPs:
                try bench.execute("UPDATE wireguard_peerallowedip SET allowed_ip = '10.98.0.7'")
            case .presharedKey:
                try bench.execute("UPDATE wireguard_peer SET pre_shared_key = ?", [new])
            case .privateKey:
                try bench.execute(
                    "UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = ?",
                    [new, customer.number])
            }
        }

        func isApplied(to customer: LiveNetwork.Customer, in network: LiveNetwork) throws -> Bool {
            switch self {
            case .allowedIPs: try network.shown("allowed-ips", of: customer).contains("10.98.0.7/32")
            case .presharedKey:
                try network.shown("preshared-keys", of: customer).contains(SampleKeyPair.numbered(17).privateKey)
            case .privateKey:
                try network.shown("public-key", of: customer).contains(SampleKeyPair.numbered(17).publicKey)
            }
        }
    }

    /// What keeps an edit from being applied although its config was written.
    enum Interruption: String, CaseIterable { case killed, syncconfFails, noApply }

    @Test(arguments: Edit.allCases, Interruption.allCases)
    func `what was written and not applied, the next run applies`(edit: Edit, interruption: Interruption) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).status == 0)
            #expect(try network.run([]).names("interfaces_synced") == [])
            try edit.make(for: stays.customer, in: network.bench)
            switch interruption {
            case .killed: try network.killedRun([], at: .configsWritten)
            case .noApply: try network.program(network.regenerateArguments(["--no-apply"]))
            case .syncconfFails:
                let report = try network.run(
                    [], standIns: ["wg": #"[[ $1 == syncconf ]] && exit 1; exec $real "$@""#])
                #expect(report.status == 1)
                #expect(report.configs["applied"] as? Bool == false)
                #expect((report.configs["note"] as? String)?.contains("not all") == true, "\(report.configs)")
            }
            #expect(try !edit.isApplied(to: stays.customer, in: network))

            let report = try network.run([])
            #expect(report.status == 0, "\(report.output)")
            // A peer may use it, and there is no route to it, which syncconf does not add.
            let route = "\(stays.customer.interface): there is no route to 10.98.0.7/32, which a peer may use"
            #expect(report.names("not_applied") == (edit == .allowedIPs ? [route] : []))
            #expect(report.configs["applied"] as? Bool == (edit != .allowedIPs))
            #expect(report.names("interfaces_synced") == [stays.customer.interface])
            #expect(try edit.isApplied(to: stays.customer, in: network))
            #expect(try network.run([]).names("interfaces_synced") == [])
        }
    }

    @Test func `where nothing of the database is in sight, the work is kept for a run that looks at the right place`()
        throws
    {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).status == 0)
            try Edit.presharedKey.make(for: stays.customer, in: network.bench)
            let blind = try network.run([], limitedBy: LiveNetwork.hidingSockets)
            #expect(blind.configs["applied"] as? Bool == false)
            #expect(try network.run([]).names("interfaces_synced") == [stays.customer.interface])
            #expect(try Edit.presharedKey.isApplied(to: stays.customer, in: network))
        }
    }

    @Test func `what wg says of a config that it does not take is not passed on, for it may quote a key`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).status == 0)
            try network.bench.execute("UPDATE wireguard_peer SET pre_shared_key = ?", ["SeCrEt1'SeCrEt2`SeCrEt3"])
            let report = try network.run([])
            #expect(report.status == 1)
            let error = try #require(report.errors.first)
            #expect(error.contains(stays.customer.interface))
            #expect(error.contains("pre_shared_key"), "\(error)")
            #expect(error.contains(stays.customer.peerKey.prefix(8)), "\(error)")
            for (name, data) in try network.bench.files() where name.hasPrefix("reports/") {
                #expect(!String(decoding: data, as: UTF8.self).contains("SeCrEt"), "\(name)")
            }
            #expect(!report.output.contains("SeCrEt"))
        }
    }

    @Test func `where nobody can list interfaces once the removal is done, the config is kept for the next run`() throws
    {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let config = gone.customer.interface + ".conf"
            let asked = network.bench.folder + "/asked"
            // One look asks for the names twice, first and last.
            let answersOnce = """
                if [[ $* == *" link show "* ]]; then printf x >>\(asked); (($(wc -c <\(asked)) > 2)) && exit 1; fi
                exec $real "$@"
                """
            let report = try network.run(["gone@x.com"], standIns: ["ip": answersOnce])
            #expect(report.status == 1, "\(report.output)")
            #expect(report.tunnelDown() == "null")
            #expect(report.errors.contains { $0.hasPrefix(config + " was kept") }, "\(report.errors)")
            #expect(try network.bench.configNames().contains(config))

            #expect(try network.run([]).names("interfaces_down") == [gone.customer.interface])
            #expect(network.wasPostDownRun(for: gone.customer))
            #expect(try !network.bench.configNames().contains(config))
        }
    }
}
