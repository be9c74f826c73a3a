import Foundation
import Glibc
import Testing

/// The overlays on the application's compose file, as Debian's docker-compose resolves them.
@Suite(
    "Jobs: beside the application, in Docker",
    .enabled(if: ComposeProject.obstacle == nil, "\(ComposeProject.obstacle ?? "")"))
struct DockerFilesTests {
    private func withProject(
        _ applicationFile: String = "docker-compose.yml", alsoFork: Bool = false,
        _ body: (ComposeProject) throws -> Void
    ) throws {
        let project = try ComposeProject(applicationFile)
        defer { project.end() }
        #expect(try project.addOverlay(alsoFork ? ["fork"] : []).status == 0)
        try body(project)
    }

    /// What a service has, in no order, as docker-compose prints it.
    private func content(of name: String, in config: String) throws -> Set<Substring> {
        Set(try lines(of: name, in: config).split(separator: "\n"))
    }

    /// The lines of a service in what docker-compose prints, without those of the others.
    private func lines(of name: String, in config: String) throws -> String {
        let all = config.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "  \(name):" }
        try #require(!all.isEmpty, "there is no service \(name)")
        return all.dropFirst().prefix { $0.hasPrefix("    ") }.joined(separator: "\n") + "\n"
    }

    @Test func `up starts the application and never a removal`() throws {
        let application: Set = [
            "wireguard-webadmin", "wireguard-webadmin-cron", "wireguard-webadmin-rrdtool", "wireguard-webadmin-dns",
            "wireguard-webadmin-caddy", "wireguard-webadmin-auth-gateway",
        ]
        try withProject { project throws in
            #expect(try project.upServices() == application)
            // The question is asked of all services: with its profile it would be among them.
            #expect(try project.upServices(profiles: ["wg-reconcile"]) == application.union(["wg-reconcile"]))
            #expect(try lines(of: "wg-reconcile", in: project.config()).contains("restart: \"no\"\n"))
        }
    }

    @Test func `it has the application's network and configs, the host's inbox and reports, and nothing else`() throws {
        try withProject { project throws in
            let config = try project.config()
            let service = try lines(of: "wg-reconcile", in: config)
            #expect(service.contains("network_mode: service:wireguard-webadmin\n"))
            // In no order, as docker-compose prints them.
            let volumes = Set(service.matches(of: #/- (\S+):rw/#).map { String($0.1) })
            #expect(
                volumes == [
                    "wireguard:/etc/wireguard", "/var/spool/wg-reconcile:/var/spool/wg-reconcile",
                    "/var/lib/wg-reconcile:/var/lib/wg-reconcile",
                ])
            #expect(!service.contains("ports:") && !service.contains("environment:"))
            // The application's own part is as it was.
            let alone = try ComposeProject("docker-compose.yml")
            defer { alone.end() }
            let before = try alone.config()
            for name in try project.upServices() {
                #expect(try content(of: name, in: config) == content(of: name, in: before))
            }
        }
    }

    @Test func `the inbox and the reports can be other folders of the host`() throws {
        try withProject { project throws in
            let variables = ["RECONCILE_INBOX": "/srv/feeds", "RECONCILE_REPORTS": "/srv/reports"]
            let service = try lines(of: "wg-reconcile", in: project.config(variables))
            #expect(service.contains("- /srv/feeds:/var/spool/wg-reconcile:rw\n"))
            #expect(service.contains("- /srv/reports:/var/lib/wg-reconcile:rw\n"))
        }
    }

    @Test func `it has the capabilities that the systemd unit leaves`() throws {
        let unit = try JobFiles.read("wg-reconcile.service")
        let line = try #require(unit.firstMatch(of: #/\nCapabilityBoundingSet=(.*)\n/#)).1
        let capabilities = line.split(separator: " ").map { String($0.dropFirst("CAP_".count)) }
        try withProject { project throws in
            let service = try lines(of: "wg-reconcile", in: project.config())
            let added = try #require(service.firstMatch(of: #/cap_add:\n((?:    - .*\n)*)/#)).1
            #expect(Set(added.matches(of: #/- (\w+)/#).map { String($0.1) }) == Set(capabilities))
            #expect(service.contains("cap_drop:\n    - ALL\n"))
        }
    }

    @Test func `the fork's overlay changes the database and the DNS name alone`() throws {
        try withProject("fork/docker-compose.yml", alsoFork: true) { project in
            let config = try project.config()
            let service = try lines(of: "wg-reconcile", in: config)
            #expect(service.contains("WG_RECONCILE_DATABASE: /app/database/db.sqlite3\n"))
            #expect(service.contains("WG_RECONCILE_WIREGUARD_DIR: /etc/wireguard\n"))
            #expect(service.contains("- database_data:/app/database:rw\n"))
            #expect(service.contains("- wireguard:/etc/wireguard:rw\n"))
            #expect(try lines(of: "wireguard-webadmin", in: config).contains("- wireguard-webadmin-dns\n"))
            #expect(try !project.upServices().contains("wg-reconcile"))
        }
    }

    /// What an operator may have beside the application's compose file.
    struct Beside: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The name of the application's compose file.
        var file = "docker-compose.yml"
        /// The name of a file that gives the application another variable.
        var override: String?
        var environment: String?
        /// What docker compose 2 reads, where docker-compose 1, which the tests use, does not know the form.
        var composeFile: String?
        /// The line that the script leaves in `.env`.
        var line: String
    }

    private static let beside = [
        Beside(testDescription: "nothing", line: "COMPOSE_FILE=docker-compose.yml:wg-reconcile.yml"),
        Beside(
            testDescription: "an override file, and .env without a line end", override: "docker-compose.override.yml",
            environment: #"SECRET=a\nb$$c"#,
            line: "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml:wg-reconcile.yml"),
        Beside(
            testDescription: "a file of another name", file: "compose.yaml", override: "compose.override.yaml",
            line: "COMPOSE_FILE=compose.yaml:compose.override.yaml:wg-reconcile.yml"),
        Beside(
            testDescription: "a COMPOSE_FILE", file: "app.yml", override: "mine.yml",
            environment: "COMPOSE_FILE=app.yml:mine.yml\nLAST=1",
            line: "COMPOSE_FILE=app.yml:mine.yml:wg-reconcile.yml"),
        Beside(
            testDescription: "a COMPOSE_FILE in quotes, with another separator", file: "app.yml", override: "mine.yml",
            environment: "COMPOSE_PATH_SEPARATOR=';'\nCOMPOSE_FILE=\"app.yml;mine.yml\"\n",
            line: #"COMPOSE_FILE="app.yml;mine.yml;wg-reconcile.yml""#),
        Beside(
            testDescription: "a COMPOSE_FILE with a colon", file: "app.yml", override: "mine.yml",
            environment: "LAST=1\nCOMPOSE_FILE: app.yml:mine.yml\n", composeFile: "app.yml:mine.yml",
            line: "COMPOSE_FILE=app.yml:mine.yml:wg-reconcile.yml"),
        Beside(
            testDescription: "an empty COMPOSE_FILE", override: "docker-compose.override.yml",
            environment: "COMPOSE_FILE=\n",
            line: "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml:wg-reconcile.yml"),
    ]

    @Test(arguments: beside)
    func `the overlay is added to what docker compose read before, once`(beside: Beside) throws {
        let project = try ComposeProject("docker-compose.yml", as: beside.file)
        defer { project.end() }
        if let name = beside.override {
            try project.write("services: {wireguard-webadmin: {environment: {MINE: here}}}\n", to: name)
        }
        if let text = beside.environment {
            try project.write(text, to: ".env")
            chmod(project.folder + "/.env", 0o640)
        }
        let before = try project.config(beside.composeFile.map { ["COMPOSE_FILE": $0] } ?? [:])
        #expect(before.contains("MINE: here\n") == (beside.override != nil))
        for _ in 1...2 { #expect(try project.addOverlay().status == 0) }

        let environment = try project.read(".env")
        #expect(environment.split(separator: "\n").filter { $0.contains("COMPOSE_FILE=") } == [Substring(beside.line)])
        let others = (beside.environment ?? "").split(separator: "\n").filter { !$0.hasPrefix("COMPOSE_FILE") }
        #expect(environment.split(separator: "\n").filter { !$0.hasPrefix("COMPOSE_FILE") } == others)
        if beside.environment != nil {
            let attributes = try FileManager.default.attributesOfItem(atPath: project.folder + "/.env")
            #expect(attributes[.posixPermissions] as? Int == 0o640)
        }
        let after = try project.config()
        #expect(try lines(of: "wg-reconcile", in: after).contains("network_mode: service:wireguard-webadmin\n"))
        for name in before.matches(of: #/\n  (wireguard-webadmin[a-z-]*):(?=\n)/#).map({ String($0.1) }) {
            #expect(try content(of: name, in: after) == content(of: name, in: before))
        }
    }

    @Test func `a copy of the overlay that somebody has changed is kept, and the fork's comes after it`() throws {
        try withProject { project throws in
            let mine = try project.read("wg-reconcile.yml") + "    environment: {WG_RECONCILE_MAX_REMOVALS: 7}\n"
            try project.write(mine, to: "wg-reconcile.yml")
            for _ in 1...2 {
                let again = try project.addOverlay(["fork"])
                #expect(again.status == 0 && again.stdout.contains("wg-reconcile.yml is there already"))
            }
            #expect(try project.read("wg-reconcile.yml") == mine)
            #expect(
                try project.read(".env")
                    == "COMPOSE_FILE=docker-compose.yml:wg-reconcile.yml:wg-reconcile-fork.yml\n")
        }
    }

    @Test func `where no compose file is, nothing is changed, and the script says so`() throws {
        let project = try ComposeProject("docker-compose.yml", as: "other.yml")
        defer { project.end() }
        func refusal(_ words: String, in environment: [String: String] = [:]) throws {
            let result = try project.addOverlay(environment: environment)
            #expect(result.status == 78)
            #expect(result.stderr.contains(words), "\(result.stderr)")
            #expect(try !FileManager.default.contentsOfDirectory(atPath: project.folder).contains("wg-reconcile.yml"))
        }
        try refusal("there is no compose file in \(project.folder)")
        try refusal("COMPOSE_FILE is set in this shell", in: ["COMPOSE_FILE": "other.yml"])
        try project.write("COMPOSE_FILE=gone.yml\n", to: ".env")
        try refusal("there is no file gone.yml")
        #expect(try project.addOverlay(["spoon"]).status == 64)
    }

    @Test func `the script of the host says that its folder is not there, and ends as for a wrong configuration`()
        throws
    {
        let result = try JobFiles.tool(
            "/bin/sh", [JobFiles.folder + "/docker/wg-reconcile", "run"], environment: ["PATH": "/usr/bin:/bin"])
        #expect(result.status == 78)
        #expect(result.stderr.hasPrefix("wg-reconcile: cannot enter /opt/wireguard_webadmin: "))
    }

    @Test func `the script of the host hands everything to the container, and begins no run by itself`() throws {
        try withProject { project throws in
            let docker = project.folder + "/docker"
            try Data("#!/bin/sh\npwd; printf '%s\\n' \"$@\"\n".utf8).write(to: URL(filePath: docker))
            chmod(docker, 0o755)
            let script = project.folder + "/script"
            let text = try JobFiles.read("docker/wg-reconcile")
                .replacing("/opt/wireguard_webadmin", with: project.folder)
            try Data(text.utf8).write(to: URL(filePath: script))
            let environment = ["PATH": project.folder + ":/usr/bin:/bin"]
            func call(_ arguments: [String]) throws -> [String] {
                let result = try JobFiles.tool("/bin/sh", [script] + arguments, environment: environment)
                #expect(result.status == 0, "\(result.stderr)")
                return result.stdout.split(separator: "\n").map(String.init)
            }
            let head = [project.folder, "compose", "run", "--rm", "--no-deps", "-T", "wg-reconcile"]
            #expect(try call(["history", "a b@example.com"]) == head + ["history", "a b@example.com"])
            #expect(try call([]) == head + ["--help"])
        }
    }
}

/// A folder with a compose file and overlays on it.
private struct ComposeProject {
    /// Why docker-compose cannot be asked; nil where it can. With WG_RECONCILE_REQUIRE_COMPOSE=1 it is in any case.
    static let obstacle = JobFiles.obstacle(to: "docker-compose", requiredBy: "WG_RECONCILE_REQUIRE_COMPOSE")

    private static let repository = JobFiles.folder + "/../"

    let folder: String

    /// A folder with the application's compose file alone.
    init(_ applicationFile: String, as name: String = "docker-compose.yml") throws {
        folder = NSTemporaryDirectory() + "wg-reconcile-compose-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.copyItem(
            atPath: Self.repository + "fixtures/docker/" + applicationFile, toPath: folder + "/" + name)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }

    /// Calls `add-overlay` in the folder.
    func addOverlay(
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> (status: Int32, stdout: String, stderr: String) {
        let result = try JobFiles.tool(
            "/bin/sh",
            ["-c", #"cd "$0" && exec sh "$@""#, folder, JobFiles.folder + "/docker/add-overlay"] + arguments,
            environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
        return (result.status ?? -1, result.stdout, result.stderr)
    }

    func end() {
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        try? FileManager.default.removeItem(atPath: folder)
    }

    func config(_ variables: [String: String] = [:]) throws -> String {
        let result = try JobFiles.tool(
            "/bin/sh", ["-c", #"cd "$0" && exec docker-compose config"#, folder], environment: variables)
        #expect(result.status == 0, "\(result.stderr)")
        return result.stdout
    }

    /// The services that `up` starts.
    func upServices(profiles: [String] = []) throws -> Set<String> {
        let result = try JobFiles.tool(
            "/usr/bin/python3", [Self.repository + "Tests/Compose/services_of_up.py", folder] + profiles)
        #expect(result.status == 0, "\(result.stderr)")
        return Set(result.stdout.split(separator: "\n").map(String.init))
    }
}
