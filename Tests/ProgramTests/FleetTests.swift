import Foundation
import SamplePlane
import Testing

/// jobs/fleet.yml under a real Ansible, on three hosts that are folders of this machine.
@Suite(
    "A fleet: one feed on several hosts",
    .enabled(if: Fleet.isExpected, "ansible-playbook is not installed; WG_RECONCILE_ANSIBLE can name its folder"))
struct FleetTests {
    /// Three accounts of the sample, each made to live on one host alone.
    private func scatter(over fleet: Fleet) throws -> [String] {
        let emails = try fleet["vpn1"].bystanders.prefix(3).map(\.email)
        for (home, email) in zip(Fleet.hosts, emails) {
            for host in Fleet.hosts where host != home {
                for table in ["wireguard_wireguardinstance", "wireguard_peergroup"] {
                    try fleet[host].execute(
                        "UPDATE \(table) SET name = 'elsewhere-' || name WHERE name IN (?, ?)",
                        [email, email + "_group"])
                }
                try fleet[host].execute("UPDATE auth_user SET email = 'elsewhere-' || email WHERE email = ?", [email])
            }
        }
        return emails
    }

    private func feed(_ emails: [String]) -> String { "email,status\n" + emails.map { $0 + ",cancelled\n" }.joined() }

    @Test func `a host that fails has not reported, the others go on, and the next night makes it whole`() throws {
        try withFleet { fleet in
            let emails = try scatter(over: fleet)
            try fleet.prepare(feed: feed(emails))
            let broken = try fleet["vpn2"]
            // The last report of the host that fails tonight is of the very same feed, and must not be taken for tonight's.
            try broken.write(feed(emails), to: "earlier.csv")
            #expect(try broken.program("run", "earlier.csv", ["--no-apply"]).status == 0)
            try FileManager.default.moveItem(atPath: broken.database, toPath: broken.path("gone"))

            let night = try fleet.play()
            #expect(night.status != 0)
            #expect(night.stdout.contains("Not ended with exit status 0: vpn2."))
            let report = try fleet.report()
            #expect(report.stoppedBy == "vpn2: did not report")
            #expect(report.outcomes == ["removed", "unprocessed", "removed"])
            #expect(report.accounts[0].errors == ["vpn2: did not report"])
            #expect(try !fleet["vpn1"].hasInstance(emails[0]))
            #expect(try !fleet["vpn3"].hasInstance(emails[2]))

            try FileManager.default.moveItem(atPath: broken.path("gone"), toPath: broken.database)
            let next = try fleet.play()
            #expect(next.status == 0, "\(next.stdout.suffix(2_000))")
            #expect(try fleet.report().outcomes == ["already_absent", "already_absent", "already_absent"])
        }
    }

    /// A program that is not there, and one that is another: Python ends with 2 where it cannot open its script.
    /// Of the first Ansible says itself why; its words differ from release to release.
    @Test(arguments: [("/nowhere/wg-reconcile", ""), ("/usr/bin/python3", "that is not wg-reconcile")])
    func `a host without the program has failed, which is no guard's stop`(program: String, reason: String) throws {
        try withFleet { fleet in
            let email = try fleet["vpn1"].bystanders[0].email
            try fleet.prepare(feed: feed([email]), programs: ["vpn1": program])
            let night = try fleet.play()
            #expect(night.status != 0)
            #expect(night.stdout.contains("vpn1 has failed, the other hosts go on: "))
            #expect(night.stdout.contains("\(program) --version: \(reason)"), "\(night.stdout.suffix(3_000))")
            #expect(night.stdout.contains("Not ended with exit status 0: vpn1."))
            #expect(try fleet["vpn1"].hasInstance(email))
            #expect(try !fleet["vpn2"].hasInstance(email) && !fleet["vpn3"].hasInstance(email))
            #expect(try fleet.report().stoppedBy == "vpn1: did not report")
        }
    }

    /// As where the program is the script that runs it in a container.
    @Test func `a host whose places the inventory does not name has its own configuration`() throws {
        try withFleet { fleet in
            let own = try fleet["vpn2"]
            let email = try #require(own.bystanders.first).email
            let config = try own.write(
                #"{"database": "\#(own.database)", "wireguard-dir": "\#(own.wireguard)", "report-dir": "\#(own.reports)"}"#,
                to: "config.json")
            let script = try own.write(
                "#!/bin/sh\nWG_RECONCILE_CONFIG=\(config) exec \(Program.path) \"$@\"\n", to: "script", mode: 0o700)
            try fleet.prepare(feed: feed([email]), programs: ["vpn2": script], withoutPlaces: ["vpn2"])
            let night = try fleet.play()
            #expect(night.status == 0, "\(night.stdout.suffix(2_000))")
            #expect(try fleet.report().outcomes == ["removed"])
            #expect(try !own.hasInstance(email))
        }
    }

    @Test func `an entry that needs attention fails the playbook, unless it is told otherwise`() throws {
        try withFleet { fleet in
            try fleet.prepare(feed: feed(["no-at.example.com"]))
            let accepting = ["-e", "wg_reconcile_attention_fails=false"]
            #expect(try fleet.play(["--check"]).status != 0)
            #expect(try fleet.play(["--check"] + accepting).status == 0)
            #expect(try fleet.play().status != 0)
            #expect(try fleet.play(accepting).status == 0)
            #expect(try fleet.report().outcomes == ["invalid"])
            // A host that does not report is not forgiven.
            try FileManager.default.removeItem(atPath: fleet["vpn2"].database)
            #expect(try fleet.play(accepting).stdout.contains("Not ended with exit status 0 or 1: vpn2."))
        }
    }

    @Test(arguments: [
        ("wg_reconcile_feed=", "No feed is named; -e wg_reconcile_feed=PATH names one."),
        ("wg_reconcile_feed=/nowhere/feed.csv", "There is no feed at /nowhere/feed.csv."),
        ("wg_reconcile_hosts=nowhere", "No host matches \\\"nowhere\\\"; -i names the inventory"),
    ])
    func `without a feed or hosts, it says so and touches nothing`(variable: String, message: String) throws {
        try withFleet { fleet in
            try fleet.prepare(feed: feed([]))
            let night = try fleet.play(["-e", variable])
            #expect(night.status != 0)
            #expect((night.stdout + night.stderr).contains(message), "\(night.stdout)\(night.stderr)")
            #expect(!fleet.wasHandedOut)
        }
    }

    @Test func `where a guard stops a host, the hosts after it are not touched`() throws {
        try withFleet { fleet in
            let emails = try fleet["vpn1"].bystanders.prefix(3).map(\.email)
            try fleet.prepare(feed: feed(emails), options: ["vpn1": ["--max-removals", "2"]])
            let before = try ["vpn2", "vpn3"].map { try fleet[$0].fingerprint() }

            let night = try fleet.play()
            #expect(night.status != 0)
            #expect(try ["vpn2", "vpn3"].map { try fleet[$0].fingerprint() } == before)
            #expect(try emails.allSatisfy { try fleet["vpn1"].hasInstance($0) })
            let report = try fleet.report()
            #expect(report.outcomes == ["unprocessed", "unprocessed", "unprocessed"])
            #expect(report.stoppedBy?.contains("--max-removals; nothing was removed") == true)
            #expect(report.stoppedBy?.contains("vpn2: did not report; vpn3: did not report") == true)
        }
    }

    @Test func `on the hosts the feed is as old as here, also where it lay there already`() throws {
        try withFleet { fleet in
            let hour: TimeInterval = 3_600
            let email = try fleet["vpn1"].bystanders[0].email
            for host in Fleet.hosts {
                // The account came back two hours ago, after the feed was written.
                try fleet[host].execute(
                    "UPDATE auth_user SET date_joined = datetime('now', '-2 hours') WHERE email = ?", [email])
                // Last night's feed had the same bytes, so that nothing is copied.
                try FileManager.default.createDirectory(
                    atPath: fleet.handedOut(to: host), withIntermediateDirectories: true)
                try Data(feed([email]).utf8).write(to: URL(filePath: fleet.handedOut(to: host) + "/feed.csv"))
            }
            try fleet.prepare(
                feed: feed([email]), written: Date(timeIntervalSinceNow: -30 * hour),
                options: ["vpn3": ["--max-feed-age", "26"]])

            for arguments in [["--check"], []] {
                let night = try fleet.play(arguments)
                #expect(night.status != 0, "\(arguments)")
            }
            let report = try fleet.report()
            #expect(report.outcomes == ["refused"])
            let errors = report.accounts[0].errors.joined(separator: "\n")
            #expect(errors.contains(#/vpn1[^:]*: signed up again: /#), "\(errors)")
            #expect(errors.contains(#/vpn2[^:]*: signed up again: /#), "\(errors)")
            #expect(
                report.stoppedBy?.contains("vpn3: ") == true && report.stoppedBy?.contains("--max-feed-age") == true)
            for host in Fleet.hosts { #expect(try fleet[host].hasInstance(email)) }
        }
    }

    @Test func `each account is removed where it lives, and the merged report is billing's`() throws {
        try withFleet { fleet in
            let emails = try scatter(over: fleet)
            try fleet.prepare(feed: feed(emails))
            let before = try Fleet.hosts.map { try fleet[$0].fingerprint() }
            let check = try fleet.play(["--check"])
            #expect(check.status == 0, "\(check.stdout.suffix(2_000))")
            #expect(check.stdout.contains("1 account and 1 of "))
            #expect(try Fleet.hosts.map { try fleet[$0].fingerprint() } == before)

            let night = try fleet.play()
            #expect(night.status == 0, "\(night.stdout.suffix(2_000))")
            #expect(try fleet.report().outcomes == ["removed", "removed", "removed"])
            for (host, email) in zip(Fleet.hosts, emails) { #expect(try !fleet[host].hasInstance(email)) }
            #expect(!night.stdout.contains(emails[0]), "an email in Ansible's own output")
        }
    }
}
