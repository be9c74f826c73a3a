import Foundation
import Testing

@Suite("Program: what it starts")
struct ProgramChildSignalsTests {
    /// `wg-quick` runs an administrator's commands, which count on being ended by a signal that they do not handle.
    @Test func `no program that it starts has signals ignored`() throws {
        try withControlPlane { plane in
            let programs = plane.path("programs")
            try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: false)
            for name in ["wg-quick", "ip"] {
                try FileManager.default.createSymbolicLink(
                    atPath: programs + "/" + name, withDestinationPath: "/bin/true")
            }
            let told = plane.path("told")
            try plane.write(
                "#!/bin/sh\n/bin/grep SigIgn /proc/self/status >>'\(told)'\n", to: "programs/wg", mode: 0o755)

            let result = try plane.program("run", "feed.csv", looksAtInterfaces: true, environment: ["PATH": programs])
            #expect(result.status == 1, "\(result.stderr)")
            let masks = try plane.read("told").split(separator: "\n").compactMap { line in
                line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
            }
            #expect(!masks.isEmpty)
            for signal in [SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXFSZ] {
                #expect(masks.allSatisfy { $0 >> UInt64(signal - 1) & 1 == 0 }, "signal \(signal)")
            }
        }
    }
}
