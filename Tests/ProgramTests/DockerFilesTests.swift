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
        let overlays = [("compose.yml", "wg-reconcile.yml")]
        let project = try ComposeProject(
            applicationFile,
            overlays: overlays + (alsoFork ? [("compose-fork.yml", "wg-reconcile-fork.yml")] : []))
        defer { project.end() }
        try body(project)
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
            let alone = try ComposeProject("docker-compose.yml", overlays: [])
            defer { alone.end() }
            let before = try alone.config()
            for name in try project.upServices() {
                let (now, then) = (try lines(of: name, in: config), try lines(of: name, in: before))
                #expect(Set(now.split(separator: "\n")) == Set(then.split(separator: "\n")))
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
            #expect(service.contains("- database_data:/app/database:rw\n"))
            #expect(service.contains("- wireguard:/etc/wireguard:rw\n"))
            #expect(try lines(of: "wireguard-webadmin", in: config).contains("- wireguard-webadmin-dns\n"))
            #expect(try !project.upServices().contains("wg-reconcile"))
        }
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

    /// - Parameter overlays: files of jobs/docker, by the names under which an operator copies them.
    init(_ applicationFile: String, overlays: [(String, String)]) throws {
        folder = NSTemporaryDirectory() + "wg-reconcile-compose-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let files =
            [(Self.repository + "fixtures/docker/" + applicationFile, "docker-compose.yml")]
            + overlays.map { (JobFiles.folder + "/docker/" + $0.0, $0.1) }
        for (source, name) in files {
            try FileManager.default.copyItem(atPath: source, toPath: folder + "/" + name)
        }
        let line = "COMPOSE_FILE=" + files.map(\.1).joined(separator: ":") + "\n"
        try Data(line.utf8).write(to: URL(filePath: folder + "/.env"))
    }

    func end() {
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        try? FileManager.default.removeItem(atPath: folder)
    }

    func config(_ variables: [String: String] = [:]) throws -> String {
        let result = try JobFiles.tool(
            "docker-compose", ["--project-directory", folder, "config"],
            environment: variables.merging(["COMPOSE_FILE": composeFiles]) { $1 })
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

    private var composeFiles: String {
        get throws {
            let line = try String(contentsOfFile: folder + "/.env", encoding: .utf8)
            return line.dropFirst("COMPOSE_FILE=".count).split(separator: "\n")[0]
                .split(separator: ":").map { folder + "/" + $0 }.joined(separator: ":")
        }
    }
}
