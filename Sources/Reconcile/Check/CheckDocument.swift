import Feed
import Support

/// The findings of a check as JSON, version 1, for programs: `wg-reconcile check --json`.
package struct CheckDocument {
    private let findings: [Finding]

    package init(_ findings: [Finding]) { self.findings = findings }

    package func bytes() -> [UInt8] {
        var json = JSONText()
        json.object(.lines) { json in
            json.member("check_version", 1)
            json.member("exit_status", Int(findings.exitStatus.rawValue))
            json.member("summary") { json in
                for level in Finding.Level.allCases {
                    json.key(escaping: level.rawValue)
                    json.value(findings.count { $0.level == level })
                }
            }
            json.key("findings")
            json.array(.lines) { json in
                for finding in findings {
                    json.object {
                        $0.member("level", finding.level.rawValue)
                        $0.member("subject", finding.subject)
                        $0.member("detail", finding.detail)
                        $0.member("advice", finding.advice)
                    }
                }
            }
        }
        json.endLine()
        return json.bytes
    }
}
