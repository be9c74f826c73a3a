import Foundation

/// Texts that want to be more than a value, and a shell in which it shows whether they succeed.
package enum Hostile {
    package static let attacks = [
        "$(touch canary)", "`touch canary`", "'; touch canary; '", "\"; touch canary; \"", "x\ntouch canary\n",
        "x\rtouch canary\r", "x\u{2028}touch canary", "x\u{85}touch canary", "'\n)\ntouch canary\n(",
        "; touch canary #",
        "&& touch canary", "| touch canary", "eth0 -j ACCEPT", "-j", "--help", "! eth0", "\\\ntouch canary", "*", "~",
        "${IFS}touch${IFS}canary", "RULES\ntouch canary", "a\u{0}b",
    ]

    package struct Outcome {
        package var status: Int32
        package var errors: String
        /// What lies in the folder afterwards.
        package var files: [String]
        /// The words that iptables was called with, one a line.
        package var words: String
    }

    /// Runs commands in bash, in a folder where iptables is a program of ours that writes down its words. Like the real
    /// one, what restores reads all that it is given, or whoever writes to it would meet a closed pipe.
    package static func run(_ commands: String, arguments: String = "", in folder: String) throws -> Outcome {
        let stand = """
            #!/bin/bash
            printf '%s\\n' "$#" "$@" >>"$LOG"
            [[ $0 != *restore ]] || { cat >/dev/null; exit 1; }

            """
        for name in ["iptables", "iptables-restore"] {
            try stand.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
        }
        try commands.write(toFile: folder + "/script", atomically: false, encoding: .utf8)
        let outcome = try FirewallNamespace.run(
            "bash", ["-c", "PATH=$PWD:$PATH LOG=$PWD/log bash ./script \(arguments)"], folder: folder)
        return Outcome(
            status: outcome.status, errors: outcome.errors,
            files: try FileManager.default.contentsOfDirectory(atPath: folder),
            words: try String(contentsOfFile: folder + "/log", encoding: .utf8))
    }
}
