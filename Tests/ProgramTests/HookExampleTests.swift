import Foundation
import Glibc
import TestSupport
import Testing

/// The examples of `jobs/hooks`, started by the program, with stand-ins for what they talk to.
@Suite("Jobs: hooks")
struct HookExampleTests {
    /// Why the examples that use curl cannot run; nil where they can. With WG_RECONCILE_REQUIRE_CURL=1 they do in any case.
    static let obstacle = JobFiles.obstacle(to: "curl", requiredBy: "WG_RECONCILE_REQUIRE_CURL")

    @Test(
        .enabled(if: obstacle == nil, "\(obstacle ?? "")"),
        arguments: [
            ("feed.csv", [:], "/switch/fail"), ("feed.csv", ["PING_FAILS_FROM": "2"], "/switch"),
            ("absent.csv", ["PING_FAILS_FROM": "2"], "/switch/fail"), ("nobody.csv", [:], "/switch"),
        ] as [(String, [String: String], String)])
    func `ping tells the switch whether the call ended well`(
        feed: String, variables: [String: String], asked: String
    ) throws {
        try withReceiver { plane, receiver in
            try plane.write("email,status\nnobody@example.com,cancelled\n", to: "nobody.csv")
            let file = try plane.write("\(receiver.url)/switch\n", to: "url")
            let variables = variables.merging(["PING_URL_FILE": file]) { $1 }
            let result = try plane.program("run", feed, plane.exampleHook("ping"), environment: variables)
            #expect(!result.stderr.contains("on-finish"), "\(result.stderr)")
            #expect(try receiver.requests().map(\.path) == [asked])
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `webhook posts the summary`() throws {
        try withReceiver { plane, receiver in
            let token = try plane.write("open sesame", to: "token")
            let variables = ["WEBHOOK_URL": receiver.url + "/hook", "WEBHOOK_TOKEN_FILE": token]
            let result = try plane.program("run", "feed.csv", plane.exampleHook("webhook"), environment: variables)
            #expect(result.status == 1 && !result.stderr.contains("on-finish"), "\(result.stderr)")
            let request = try #require(try receiver.requests().first)
            #expect(request.method == "POST" && request.path == "/hook" && request.type == "application/json")
            #expect(request.authorization == "Bearer open sesame")
            try plane.write(request.body, to: "summary.json")
            #expect(try plane.summary().exitStatus == 1)
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"), arguments: ["ping", "webhook"])
    func `a place that is not there is a failure of the hook`(name: String) throws {
        try withReceiver { plane, receiver in
            let variables = ["PING_URL": receiver.url + "/missing", "WEBHOOK_URL": receiver.url + "/missing"]
            let result = try plane.program("run", "feed.csv", plane.exampleHook(name), environment: variables)
            #expect(result.status == 1)
            #expect(result.stderr.contains("on-finish: curl: ") && result.stderr.contains("404"), "\(result.stderr)")
            #expect(result.stderr.contains("\(name): it ended with status 22"))
        }
    }

    @Test func `mail says in words what came of the call`() throws {
        try withControlPlane { plane in
            let program = try plane.write(
                "#!/bin/sh\necho \"$@\" >'\(plane.path("arguments"))'\ncat >'\(plane.path("mailed"))'\n",
                to: "sendmail",
                mode: 0o755)
            func mail(_ feed: String, _ more: [String: String] = [:]) throws -> String? {
                unlink(plane.path("mailed"))
                let variables = ["MAIL_SENDMAIL": program, "MAIL_TO": "noc@example.com"].merging(more) { $1 }
                let result = try plane.program("run", feed, plane.exampleHook("mail"), environment: variables)
                #expect(!result.stderr.contains("on-finish"), "\(result.stderr)")
                return plane.exists("mailed") ? try plane.read("mailed") : nil
            }
            let good = try #require(try mail("feed.csv"))
            #expect(try plane.read("arguments") == "-t -i\n")
            let lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(lines[0] == "To: noc@example.com")
            #expect(lines[1].wholeMatch(of: #/Subject: wg-reconcile run on \S+ ended with 1/#) != nil)
            let summary = try plane.report().summary
            let attention = try #require(summary["needing_attention"])
            let run = try plane.runs()[0]
            for line in [
                "exit status: 1", "error: -", "needs attention: \(attention)", "tunnels still up: -",
                "report: \(plane.reports)/\(run)", "  feed: \(plane.path("feed.csv"))", "  stopped by: -",
                "  needs attention: \(attention)",
            ] {
                #expect(lines.contains(line), "\(good)")
            }
            let entries = try #require(lines.first { $0.hasPrefix("  entries: ") })
            let expected = [
                "removed", "partially_removed", "already_absent", "skipped", "duplicate", "invalid", "refused",
                "failed",
                "unprocessed",
            ].compactMap { name in
                summary[name].flatMap { $0 > 0 ? "\($0) \(name.replacing("_", with: " "))" : nil }
            }
            #expect(entries == "  entries: " + expected.joined(separator: ", "))
            #expect(!good.contains("{") && !good.contains("\""), "\(good)")

            let missing = try #require(try mail("absent.csv"))
            #expect(missing.contains("\nerror: cannot ") && missing.contains("\ntry: "), "\(missing)")
            #expect(try mail("feed.csv", ["MAIL_FROM_STATUS": "2"]) == nil)
        }
    }

    @Test func `dnsmasq-hup has dnsmasq read its files again, and nobody else`() throws {
        try withControlPlane { plane in
            let script = """
                #!/bin/sh
                trap 'echo HUP >>"$0.signals"' HUP
                echo $$ >"$0.pid"
                while :; do sleep 0.05; done

                """
            for name in ["dnsmasq", "other"] {
                let process = try ProgramProcess(try plane.write(script, to: name, mode: 0o755), [])
                try waitForFile(plane, name + ".pid")
                let result = try plane.program(
                    "run", "feed.csv", plane.exampleHook("dnsmasq-hup"),
                    environment: ["DNSMASQ_PID_FILE": plane.path(name + ".pid")])
                #expect(result.status == 1)
                if name == "dnsmasq" {
                    try waitForFile(plane, "dnsmasq.signals")
                    #expect(try plane.read("dnsmasq.signals") == "HUP\n")
                } else {
                    #expect(result.stderr.contains("names process \(process.pid), which is no dnsmasq"))
                    #expect(!plane.exists("other.signals"))
                }
            }
        }
    }

    // MARK: Stand-ins

    private func waitForFile(_ plane: ControlPlaneFolder, _ name: String) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while try !plane.exists(name) || plane.read(name).isEmpty {
            guard Date() < deadline else { throw RanTooLong(said: "no \(name)") }
            usleep(10_000)
        }
    }

    private struct Request: Decodable {
        var method: String
        var path: String
        var type: String
        var authorization: String
        var body: String
    }

    /// A web server on the loopback interface.
    private struct Receiver {
        let plane: ControlPlaneFolder
        let url: String

        func requests() throws -> [Request] {
            guard plane.exists("requests") else { return [] }
            return try plane.read("requests").split(separator: "\n").map {
                try JSONDecoder().decode(Request.self, from: Data($0.utf8))
            }
        }
    }

    private func withReceiver(_ body: (ControlPlaneFolder, Receiver) throws -> Void) throws {
        try withControlPlane { plane in
            let python = try #require(PythonScript.interpreter(able: "import http.server"))
            let variables = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
            let server = try ProgramProcess(
                python, ["-B", PythonScript("Hooks/receive.py").path, plane.folder], environment: variables)
            try waitForFile(plane, "port")
            try body(plane, Receiver(plane: plane, url: "http://127.0.0.1:" + (try plane.read("port"))))
            withExtendedLifetime(server) {}
        }
    }
}
