import SamplePlane
import TestSupport
import Testing

// Whose an interface is.
extension LiveInterfacesTests {
    @Test func `an interface with an instance's name and another key is somebody else's`() throws {
        try withNetwork { network in
            let (other, gone) = (try network.addCustomer("other@x.com"), try network.addCustomer("gone@x.com"))
            try network.bringUp([other, gone])
            // Another instance, whose config somebody else has written.
            let (old, new) = (
                try privateKey(of: other.customer, in: network.bench), SampleKeyPair.numbered(11).privateKey
            )
            try network.bench.execute(
                "UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = ?",
                [new, other.customer.number])
            let name = other.customer.interface + ".conf"
            try network.bench.put(try network.bench.config(name).replacing(old, with: new), at: name)

            let report = try network.run(["gone@x.com"])
            #expect(report.names("interfaces_left_alone") == [other.customer.interface])
            #expect(report.configs["applied"] as? Bool == false)
            #expect((report.configs["note"] as? String)?.contains("interfaces_left_alone") == true)
            #expect(report.names("interfaces_synced") == [])
            #expect(try network.reaches(other.customer))
        }
    }

    private func privateKey(of customer: LiveNetwork.Customer, in bench: Bench) throws -> String {
        let keys = try bench.strings(
            "SELECT private_key FROM wireguard_wireguardinstance WHERE instance_id = \(customer.number)")
        return try #require(keys.first)
    }

    @Test(arguments: [true, false])
    func `a removed key among its peers makes no interface ours`(isConfigThere: Bool) throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([stays])
            let foreign = gone.customer.interface
            let peers = [gone.customer.peerKey] + [1, 2].map { SampleKeyPair.numbered($0).publicKey }
            try network.addForeignInterface(foreign, peers: peers)
            if !isConfigThere {
                try network.program(network.runArguments(["gone@x.com"]) + ["--no-apply"])
            }

            let report = try network.run(["gone@x.com"])
            #expect(report.status == 1, "\(report.output)")
            #expect(report.tunnelDown() == "false")
            #expect(report.names("interfaces_down") == [])
            #expect(report.names("interfaces_left_alone") == (isConfigThere ? [foreign] : []))
            #expect(try network.peers(of: gone.customer) == Set(peers))
        }
    }

    @Test func `a removed instance's interface goes down although its number belongs to another by now`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            try network.program(network.runArguments(["gone@x.com"]) + ["--no-apply"])
            let heir = try network.addCustomer("heir@x.com", number: gone.customer.number)
            // As the application's own export would.
            try network.program(network.regenerateArguments(["--no-apply"]))

            let report = try network.run(["gone@x.com"])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.outcome() == "already_absent")
            #expect(report.tunnelDown() == "true")
            #expect(report.names("interfaces_down") == [gone.customer.interface])
            #expect(report.names("interfaces_left_alone") == [])
            #expect(try !network.isUp(gone.customer))
            #expect(try network.bench.configNames().contains("\(heir.customer.interface).conf"))
        }
    }

    @Test func `an interface made by hand under a freed number stays up, and its config stays`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            #expect(try network.run(["gone@x.com"]).status == 0)
            let foreign = gone.customer.interface
            try network.addForeignInterface(foreign, peers: [])
            let config = "[Interface]\nPrivateKey = \(SampleKeyPair.numbered(99).privateKey)\n"
            try network.bench.put(config, at: foreign + ".conf")

            let report = try network.run([])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.names("unknown_files") == [foreign + ".conf"])
            // Its customer may have been deleted by hand, so it is named.
            #expect(report.names("interfaces_left_alone") == [foreign])
            #expect((report.configs["note"] as? String)?.contains("\(foreign) is up with the key of") == true)
            #expect(report.configs["applied"] as? Bool == true)
            #expect(report.names("interfaces_down") == [])
            #expect(try network.isUp(gone.customer))
            #expect(try network.bench.config(foreign + ".conf") == config)
        }
    }

    /// Who wrote the config with the new key of an instance, before the instance was removed.
    enum Export: CaseIterable { case ours, oursAndThenRemovedBlindly, theApplications }

    @Test(arguments: Export.allCases)
    func `the interface of a removed instance that still has an earlier key of it`(export: Export) throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            let config = gone.customer.interface + ".conf"
            let (old, new) = (
                try privateKey(of: gone.customer, in: network.bench), SampleKeyPair.numbered(11).privateKey
            )
            try network.bench.execute(
                "UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = ?",
                [new, gone.customer.number])
            if export == .theApplications {
                try network.bench.put(try network.bench.config(config).replacing(old, with: new), at: config)
            } else {
                try network.program(network.regenerateArguments(["--no-apply"]))
            }
            if export == .oursAndThenRemovedBlindly {
                try network.program(network.runArguments(["gone@x.com"]) + ["--no-apply"])
            }

            let report = try network.run(["gone@x.com"])
            let isKnown = export != .theApplications
            #expect(report.status == (isKnown ? 0 : 1), "\(report.output)")
            #expect(report.tunnelDown() == "\(isKnown)")
            #expect(report.names("interfaces_down") == (isKnown ? [gone.customer.interface] : []))
            #expect(report.names("interfaces_left_alone") == (isKnown ? [] : [gone.customer.interface]))
            #expect(try network.isUp(gone.customer) == !isKnown)
            // Nobody can tell whose the interface is; as long as it is up, the config stays and the report says so.
            #expect(try network.bench.configNames().contains(config) == !isKnown)
            #expect(report.errors.contains { $0.contains("ip link delete") } == !isKnown, "\(report.errors)")
            #expect(try !network.bench.configNames().contains(".wg-configs.pending"))
        }
    }
}
