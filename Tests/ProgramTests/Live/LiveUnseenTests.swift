import Foundation
import TestSupport
import Testing

// Tunnels that nobody has seen down, and interfaces that do not answer.
extension LiveInterfacesTests {
    @Test func `a tunnel that could not be seen needs attention, until a run has seen it down`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            for outcome in ["removed", "already_absent"] {
                let report = try network.run(["gone@x.com"], limitedBy: LiveNetwork.hidingSockets)
                #expect(report.status == 1, "\(report.output)")
                #expect(report.outcome() == outcome)
                #expect(report.tunnelDown() == "null")
                #expect(report.accounts[0]["tunnel_unseen"] as? Bool == true)
                let table = try String(contentsOfFile: network.bench.reports + "/latest/accounts.csv", encoding: .utf8)
                #expect(table.contains(#/,unseen,,,[^,\n]+,\n\z/#), "\(table)")
                let page = try String(contentsOfFile: network.bench.reports + "/latest/report.html", encoding: .utf8)
                #expect(page.contains("<h1>A tunnel could not be seen</h1>"))
                #expect(try network.isUp(gone.customer))
            }

            // A night that does not name the account takes its interface down, and sees that no key is left.
            #expect(try network.run([]).names("interfaces_down") == [gone.customer.interface])
            let after = try network.run(["gone@x.com"], limitedBy: LiveNetwork.hidingSockets)
            #expect(after.status == 0, "\(after.output)")
            #expect(after.tunnelDown() == "null")
            #expect(after.accounts[0]["tunnel_unseen"] as? Bool == false)
        }
    }

    @Test func `a key that is there again was not seen gone for good`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "true")
            try network.addForeignInterface(peers: [gone.customer.peerKey])
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "false")
            let blind = try network.run(["gone@x.com"], limitedBy: LiveNetwork.hidingSockets)
            #expect(blind.status == 1)
            #expect(blind.accounts[0]["tunnel_unseen"] as? Bool == true)
        }
    }

    @Test func `an interface of somebody else that hangs keeps nobody's account from going`() throws {
        try withNetwork { network in
            let (gone, up) = (try network.addCustomer("gone@x.com"), try network.addCustomer("up@x.com"))
            try network.bringUp([gone, up])
            let hanging = try network.addForeignInterface(peers: [])
            let holder = try network.addForeignInterface("fh\(gone.customer.number)", peers: [up.customer.peerKey])
            try network.stopping(hanging) {
                let report = try network.run(["gone@x.com", "up@x.com"])
                #expect(report.status == 1, "\(report.output)")
                #expect(report.outcome() == "removed")
                #expect(report.tunnelDown() == "true")
                #expect(report.names("interfaces_unseen") == [hanging])
                #expect(report.errors == [])
                // A removed key on an interface that does answer is found all the same.
                #expect(report.tunnelDown(2) == "false")
                #expect((report.accounts[1]["errors"] as? [String])?.first?.contains(holder) == true)
            }
        }
    }

    @Test func `one that hangs and blocks wg-quick keeps nobody's account from going either`() throws {
        try withNetwork { network in
            let gone = [try network.addCustomer("a@x.com"), try network.addCustomer("b@x.com")]
            try network.bringUp(gone + [try network.addCustomer("stays@x.com")])
            try network.withBlockedInterface { blocked in
                let report = try network.run(["a@x.com", "b@x.com"])
                for (entry, (customer, _)) in zip(1..., gone) {
                    #expect(
                        report.outcome(entry) == "removed" && report.tunnelDown(entry) == "true", "\(report.output)")
                    #expect(try !network.isUp(customer))
                }
                #expect(report.names("interfaces_unseen") == [blocked])
                // wg-quick would hang, so the commands of its PostDown are not run, and that is said.
                #expect(report.status == 1 && report.errors.count == 2, "\(report.errors)")
                #expect(
                    report.errors.allSatisfy { $0.contains("without its PostDown commands") && $0.hasSuffix(blocked) })
                #expect(try network.run([]).status == 0)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a key is looked for until every interface has answered`(isLast: Bool) throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp(isLast ? [gone] : [gone, try network.addCustomer("stays@x.com")])
            let holder = try network.addForeignInterface(peers: [gone.customer.peerKey])
            let file = network.bench.folder + "/job.prom"
            func night() throws -> (status: Int32, up: Bool, unseen: Bool) {
                let arguments = try network.runArguments(["nobody@x.com"]) + ["--netns", network.server]
                let status = try network.program(arguments + ["--metrics-file", file]).status
                let text = try String(contentsOfFile: file, encoding: .utf8)
                return (
                    status, text.contains("\nwg_reconcile_tunnels_still_up 1\n"),
                    text.contains("\nwg_reconcile_tunnels_unseen 1\n")
                )
            }
            try network.stopping(holder) {
                let report = try network.run(["gone@x.com"])
                #expect(report.status == 0 && report.tunnelDown() == "true", "\(report.output)")
                #expect(report.names("interfaces_unseen") == [holder])
                #expect(try night() == (0, false, false), "while it stays silent there is nothing new")
                let again = try network.run(["gone@x.com"])
                #expect(again.accounts[0]["tunnel_unseen"] as? Bool == false)
            }
            #expect(try night() == (1, true, false))
            let page = try String(contentsOfFile: network.bench.reports + "/latest/report.html", encoding: .utf8)
            #expect(page.contains("<h1>The tunnel of 1 account of an earlier run is still up</h1>"))
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "false")
            try Tool.need("wg", "set", holder, "peer", gone.customer.peerKey, "remove")
            if !isLast { #expect(try night() == (0, false, false)) }
        }
    }

    @Test func `an interface of the database that hangs is an error, and null for its account alone`() throws {
        try withNetwork { network in
            let (gone, hangs) = (try network.addCustomer("gone@x.com"), try network.addCustomer("hangs@x.com"))
            try network.bringUp([gone, hangs])
            try network.stopping(hangs.customer.interface) {
                let report = try network.run(["gone@x.com", "hangs@x.com"])
                #expect(report.status == 1, "\(report.output)")
                #expect(report.outcome() == "removed" && report.outcome(2) == "removed")
                #expect(report.tunnelDown() == "true")
                #expect(report.tunnelDown(2) == "null")
                #expect(report.accounts[1]["tunnel_unseen"] as? Bool == true)
                #expect(report.names("interfaces_down") == [gone.customer.interface])
                #expect(report.errors.contains { $0.contains("do not answer: \(hangs.customer.interface)") })
                #expect(report.names("interfaces_unseen") == [])
                // For the next night as well.
                let check = try network.check()
                #expect(check.status == 78, "\(check.output)")
                // Its config is kept, so that the next run takes it down.
                #expect(try network.bench.configNames().contains(hangs.customer.interface + ".conf"))
            }
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).names("interfaces_down") == [hangs.customer.interface])
        }
    }

    /// Where the interface lies that does not answer.
    enum Hanging: String, CaseIterable { case foreign, own }

    @Test(arguments: Hanging.allCases, [1, 2])
    func `one that hangs is asked once in a call, and once more where an account depends on it`(
        hanging: Hanging, feeds: Int
    ) throws {
        try withNetwork { network in
            let gone = [try network.addCustomer("a@x.com"), try network.addCustomer("b@x.com")]
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp(gone + [stays])
            let name = hanging == .own ? stays.customer.interface : try network.addForeignInterface(peers: [])
            let calls = network.bench.folder + "/calls"
            let standIns = ["wg": "echo \"$*\" >>\(calls); exec $real \"$@\""]
            try network.stopping(name) {
                let report = try network.runInbox(Array(["a@x.com", "b@x.com"].prefix(feeds)), standIns: standIns)
                #expect(report.status == (hanging == .own ? 1 : 0), "\(report.output)")
                #expect(report.tunnelDown() == "true")
                #expect(report.names("interfaces_unseen") == (hanging == .own ? [] : [name]))
            }
            let asked = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
            #expect(asked.count { $0.hasPrefix("show all") } == 1)
            #expect(asked.count { $0.hasPrefix("show \(name) ") } == (hanging == .own ? 2 : 1))
            for (customer, _) in gone.prefix(feeds) { #expect(try !network.isUp(customer)) }
        }
    }

    @Test func `however many of somebody else hang, those of the database are asked, and no account is seen off`()
        throws
    {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            // Their names come before those of the database's. A `wg` that is killed counts as one without an answer.
            let ip = """
                if [[ $* == *" link show "* ]]; then for i in {01..14}; do echo "$i: alien$i: <UP>"; done; fi
                exec $real "$@"
                """
            let wg = """
                if [[ $* == "show all "* || $2 == alien* ]]; then kill -KILL $$; fi
                exec $real "$@"
                """
            let report = try network.run(["gone@x.com"], standIns: ["ip": ip, "wg": wg])
            // The removed key may be on one that was not asked.
            #expect(report.status == 1, "\(report.output)")
            #expect(report.tunnelDown() == "null" && report.accounts[0]["tunnel_unseen"] as? Bool == true)
            #expect(report.names("interfaces_down") == [gone.customer.interface])
            #expect(report.errors == [])
            let unseen = report.names("interfaces_unseen")
            #expect(unseen.contains("alien01") && unseen.contains("alien14"), "\(unseen)")
            let note = report.configs["note"] as? String ?? ""
            #expect(
                note.contains("because too many that belong to somebody else did not answer: alien13"), "\(note)")
        }
    }

    @Test func `one that answers again is seen again`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            // It takes too long at the first look alone.
            let (mark, name) = (network.bench.folder + "/slow", stays.customer.interface)
            let slow = """
                if [[ $* == "show all "* || $* == "show \(name) "* ]] && [[ ! -e \(mark) ]]; then
                    [[ $2 == all ]] || touch \(mark)
                    exec sleep 20
                fi
                exec $real "$@"
                """
            let report = try network.run(["gone@x.com"], standIns: ["wg": slow])
            #expect(report.outcome() == "removed" && report.tunnelDown() == "true", "\(report.output)")
            // It was not updated, which it may have needed.
            #expect(report.status == 1 && report.errors.count == 1, "\(report.errors)")
            #expect(report.errors.first?.hasPrefix("\(name) was not updated") == true)
        }
    }
}
