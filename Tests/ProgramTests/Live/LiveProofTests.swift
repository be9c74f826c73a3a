import TestSupport
import Testing

// What can be said of a tunnel afterwards, and what cannot.
extension LiveInterfacesTests {
    @Test func `a removed key on an interface that is not ours is a tunnel that is still up`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let foreign = try network.addForeignInterface(peers: [gone.customer.peerKey])

            let report = try network.run(["gone@x.com"])
            #expect(report.status == 1)
            #expect(report.outcome() == "partially_removed")
            #expect(report.accounts[0]["status_code"] as? Int == 207)
            #expect(report.tunnelDown() == "false")
            let sentence = "tunnel is still up: peer \(gone.customer.peerKey.prefix(8))… on \(foreign)"
            #expect(report.accounts[0]["errors"] as? [String] == [sentence])
            #expect((report.accounts[0]["response"] as? [String: Any])?["status"] as? String == "partial_success")
            #expect(try !network.isUp(gone.customer))

            // The next night says so again, although there is nothing left to remove.
            let second = try network.run(["gone@x.com"])
            #expect(second.status == 1)
            #expect(second.outcome() == "partially_removed")
            #expect(second.tunnelDown() == "false")
        }
    }

    @Test func `a tunnel that is still up is said every night, whomever the feed names, until it is gone`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            let foreign = try network.addForeignInterface(peers: [gone.customer.peerKey])
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "false")

            let file = network.bench.folder + "/job.prom"
            func night() throws -> (status: Int32, up: Bool) {
                let arguments = try network.runArguments(["nobody@x.com"]) + ["--netns", network.server]
                let status = try network.program(arguments + ["--metrics-file", file]).status
                let text = try String(contentsOfFile: file, encoding: .utf8)
                return (status, text.contains("\nwg_reconcile_tunnels_still_up 1\n"))
            }
            #expect(try night() == (1, true))
            let page = try String(contentsOfFile: network.bench.reports + "/latest/report.html", encoding: .utf8)
            #expect(page.contains("<h1>The tunnel of 1 account of an earlier run is still up</h1>"))
            #expect(try network.runInbox([], standIns: [:]).status == 1)
            let regenerated = try network.program(network.regenerateArguments(["--netns", network.server]))
            #expect(regenerated.status == 1)
            #expect(regenerated.output.contains("tunnels of removed accounts: 1 still up, 0 unseen"))

            try Tool.need("wg", "set", foreign, "peer", gone.customer.peerKey, "remove")
            #expect(try night() == (0, false))
        }
    }

    @Test func `an interface that wg left out is asked for by itself`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            try network.addForeignInterface(peers: [gone.customer.peerKey])
            let report = try network.run(
                ["gone@x.com"],
                standIns: ["wg": #"[[ $* == "show all peers" ]] && { echo trouble >&2; exit 1; }; exec $real "$@""#])
            #expect(report.status == 1)
            #expect(report.tunnelDown() == "false")
        }
    }

    @Test func `an interface of somebody else that cannot be read is named, and leaves only itself unknown`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let foreign = try network.addForeignInterface(peers: [])
            let report = try network.run(
                ["gone@x.com"],
                standIns: [
                    "wg": #"""
                    [[ $* == "show all peers" ]] && { $real "$@" | grep -v ^\#(foreign); echo trouble >&2; exit 0; }
                    [[ $* == "show \#(foreign) peers" ]] && { echo trouble >&2; exit 1; }
                    exec $real "$@"
                    """#
                ])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.tunnelDown() == "true")
            #expect(report.names("interfaces_unseen") == [foreign])
            #expect(report.names("interfaces_down") == [gone.customer.interface])
        }
    }

    @Test("a key is known in every form that wg takes it in", arguments: [" ", "#", " # his", "  "])
    func spelling(_ suffix: String) throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bench.execute("UPDATE wireguard_peer SET public_key = public_key || ?", [suffix])
            try network.bringUp([gone])
            try network.addForeignInterface(peers: [gone.customer.peerKey])
            for _ in 1...2 {
                let report = try network.run(["gone@x.com"])
                #expect(report.tunnelDown() == "false")
                #expect(report.status == 1)
            }
        }
    }

    @Test func `a key that another instance has as well is still up, tonight and every other night`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            try network.bench.execute(
                "UPDATE wireguard_peer SET public_key = ? WHERE wireguard_instance_id = ?",
                [gone.customer.peerKey, stays.customer.instance])
            let sentence =
                "tunnel is still up: peer \(gone.customer.peerKey.prefix(8))… on \(stays.customer.interface), "
                + "where the database has another peer with this key"
            for _ in 1...2 {
                let report = try network.run(["gone@x.com"])
                #expect(report.status == 1)
                #expect(report.outcome() == "partially_removed")
                #expect(report.tunnelDown() == "false")
                #expect((report.accounts[0]["errors"] as? [String])?.contains(sentence) == true)
            }
        }
    }
}
