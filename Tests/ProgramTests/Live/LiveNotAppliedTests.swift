import Glibc
import SamplePlane
import TestSupport
import Testing

// What `wg syncconf` does not apply.
extension LiveInterfacesTests {
    @Test func `an address, routes and commands that changed are named every night until they are applied`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            let before = try network.run([])
            #expect(before.status == 0, "\(before.output)")
            #expect(before.names("not_applied") == [])
            #expect(before.configs["applied"] as? Bool == true)

            try network.bench.execute(
                "UPDATE wireguard_wireguardinstance SET address = '10.78.0.1', post_up = 'true' WHERE instance_id = ?",
                [stays.customer.number])
            let name = stays.customer.interface
            for _ in 1...2 {
                let report = try network.run([])
                // To take a paying customer's interface down for it is for somebody to decide.
                #expect(report.status == 0, "\(report.output)")
                #expect(
                    report.names("not_applied") == [
                        "\(name): Address is \(stays.customer.serverAddress)/24, and 10.78.0.1/24 in its config",
                        "\(name): PreUp, PostUp, Table or DNS have changed since it came up",
                    ])
                #expect(report.configs["applied"] as? Bool == false)
                #expect((report.configs["note"] as? String)?.hasSuffix("see not_applied") == true)
            }

            try network.restart(stays.customer)
            let after = try network.run([])
            #expect(after.status == 0, "\(after.output)")
            #expect(after.names("not_applied") == [])
            #expect(after.configs["applied"] as? Bool == true)
        }
    }

    @Test func `an MTU that changed is named`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            let arguments = try network.runArguments([]) + ["--netns", network.server, "--mtu", "1300"]
            let report = try LiveReport(network.bench, try network.program(arguments))
            #expect(report.names("not_applied").count == 1, "\(report.names("not_applied"))")
            #expect(report.names("not_applied").first?.hasSuffix(", and 1300 in its config") == true)
            #expect(report.names("not_applied").first?.hasPrefix("\(stays.customer.interface): MTU is ") == true)

            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
            // As an export by the application that sets no MTU.
            let config = stays.customer.interface + ".conf"
            try network.bench.put(try network.bench.config(config).replacing("MTU = 1300\n", with: ""), at: config)
            for _ in 1...2 {
                #expect(
                    try network.run([]).names("not_applied") == [
                        "\(stays.customer.interface): MTU is 1300, which its config no longer sets"
                    ])
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
        }
    }

    @Test func `an address that changed along with the key of the interface is named the same night`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).names("not_applied") == [])
            try network.bench.execute(
                "UPDATE wireguard_wireguardinstance SET address = '10.78.0.1', private_key = ? WHERE instance_id = ?",
                [SampleKeyPair.numbered(17).privateKey, stays.customer.number])
            let name = stays.customer.interface
            for night in 1...2 {
                let report = try network.run([])
                #expect(report.names("interfaces_synced") == (night == 1 ? [name] : []), "\(report.output)")
                #expect(
                    report.names("not_applied") == [
                        "\(name): Address is \(stays.customer.serverAddress)/24, and 10.78.0.1/24 in its config"
                    ])
            }
        }
    }

    @Test(arguments: ["iptables -A FORWARD -j ACCEPT", "ip route add 10.97.0.0/24 dev %i"])
    func `a route that no peer may use any more is named, whatever else PostUp has added`(command: String) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bench.execute("UPDATE wireguard_wireguardinstance SET post_up = ?", [command])
            try network.bench.work { plane in
                let key = SampleKeyPair.numbered(18).publicKey
                try plane.peer(of: stays.customer.instance, address: "10.98.0.7", ["public_key": key])
            }
            try network.bringUp([stays])
            #expect(try network.run([]).names("not_applied") == [])
            // An address in the instance's own network needs no route.
            try network.bench.execute(
                "UPDATE wireguard_peerallowedip SET allowed_ip = ? WHERE allowed_ip = '10.98.0.7'",
                [stays.customer.serverAddress.dropLast() + "9"])
            let name = stays.customer.interface
            for _ in 1...2 {
                #expect(
                    try network.run([]).names("not_applied") == [
                        "\(name): there is still a route to 10.98.0.7/32, which no peer may use any longer"
                    ])
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
        }
    }

    @Test func `a default route is named until wg-quick has given it a table, and then its mark is kept`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).names("not_applied") == [])
            try network.bench.work { plane in
                let key = SampleKeyPair.numbered(18).publicKey
                try plane.peer(of: stays.customer.instance, address: "0.0.0.0", ["public_key": key])
            }
            try network.bench.execute("UPDATE wireguard_peerallowedip SET netmask = 0 WHERE allowed_ip = '0.0.0.0'")
            let name = stays.customer.interface
            for _ in 1...2 {
                #expect(
                    try network.run([]).names("not_applied") == [
                        "\(name): there is no route to 0.0.0.0/0, which a peer may use"
                    ])
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
            let mark = try network.shown("fwmark", of: stays.customer)
            #expect(mark.hasPrefix("0x"))
            try Edit.presharedKey.make(for: stays.customer, in: network.bench)
            #expect(try network.run([]).names("interfaces_synced") == [name])
            #expect(try network.shown("fwmark", of: stays.customer) == mark)

            try Tool.need("ip", "-n", network.server, "rule", "delete", "not", "fwmark", "51820", "table", "51820")
            #expect(try network.run([]).names("not_applied").count == 1, "no rule leads to its table")
        }
    }

    /// What happens between two looks of a run, without a look.
    enum Meanwhile: String, CaseIterable {
        case changed, changedThenRestarted, changedRestartedChanged, changedWithAddressThenRestarted

        var sentences: [String] {
            switch self {
            case .changed, .changedRestartedChanged: ["PreUp, PostUp, Table or DNS have changed since it came up"]
            case .changedThenRestarted: []
            case .changedWithAddressThenRestarted:
                [
                    "PreUp, PostUp, Table or DNS were changed between two runs, and it is unknown whether it "
                        + "came up with them"
                ]
            }
        }

        func happen(to customer: LiveNetwork.Customer, _ network: LiveNetwork) throws {
            func change(_ settings: String) throws {
                try network.bench.execute(
                    "UPDATE wireguard_wireguardinstance SET \(settings) WHERE instance_id = ?", [customer.number])
                try network.program(network.regenerateArguments(["--no-apply"]))
                // Nearer to each other than a second nobody can say which was first.
                usleep(1_200_000)
            }
            try change("post_up = 'true'" + (self == .changedWithAddressThenRestarted ? ", address = '10.78.0.1'" : ""))
            if self == .changed { return }
            try network.restart(customer)
            usleep(1_200_000)
            if self == .changedRestartedChanged { try change("post_up = 'true again'") }
        }
    }

    @Test(arguments: Meanwhile.allCases, [false, true])
    func `a command that was changed while no run looked is missed until the interface came up with it`(
        meanwhile: Meanwhile, wasSeenBefore: Bool
    ) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            if wasSeenBefore { #expect(try network.run([]).names("not_applied") == []) }
            usleep(1_200_000)
            try meanwhile.happen(to: stays.customer, network)
            let sentences = meanwhile.sentences.map { "\(stays.customer.interface): \($0)" }
            for _ in 1...2 {
                let report = try network.run([])
                #expect(report.status == 0, "\(report.output)")
                #expect(report.names("not_applied") == sentences)
                #expect(report.configs["applied"] as? Bool == sentences.isEmpty)
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
        }
    }
}
