/// A call of `iptables` in a script.
struct FirewallCommand: Hashable {
    enum Action: Hashable {
        case append, insert, delete, create, empty, policy
        /// Reads rules and changes nothing.
        case look
        case other
    }

    private(set) var table = "filter"
    private(set) var action = Action.other
    /// Empty for all chains of the table.
    private(set) var chain = ""
    /// What follows the chain: the words of a rule, or the policy.
    private(set) var words: [String] = []

    /// - Parameter arguments: the words after the name of the program.
    init(_ arguments: some Collection<String>) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "-t" || word == "--table" {
                table = rest.popFirst() ?? ""
            } else if word.hasPrefix("--table=") {
                table = String(word.dropFirst("--table=".count))
            } else if word == "-w" || word == "--wait" {
                if let next = rest.first, Int(next) != nil { rest = rest.dropFirst() }
            } else if action == .other, let known = Self.actions[word] {
                action = known
                if let next = rest.first, !next.hasPrefix("-") {
                    chain = next
                    rest = rest.dropFirst()
                }
            } else {
                words.append(word)
            }
        }
    }

    private static let actions: [String: Action] = [
        "-A": .append, "--append": .append, "-I": .insert, "--insert": .insert, "-D": .delete, "--delete": .delete,
        "-N": .create, "--new-chain": .create, "-F": .empty, "--flush": .empty, "-P": .policy, "--policy": .policy,
        "-L": .look, "--list": .look, "-S": .look, "--list-rules": .look,
    ]
}

/// A rule, compared by its meaning: the spelling and order of the options make no difference.
struct FirewallRule: Hashable {
    private struct Part: Hashable {
        var option: String
        var value: String
        var isNegated: Bool
    }

    private var parts: Set<Part> = []

    init(_ words: [String]) {
        var isNegated = false
        var rest = words[...]
        while var option = rest.popFirst() {
            if option == "!" {
                isNegated = true
                continue
            }
            var value: String
            if option.hasPrefix("--"), let sign = option.firstIndex(of: "=") {
                value = String(option[option.index(after: sign)...])
                option = String(option[..<sign])
            } else {
                if rest.first == "!" {
                    isNegated = true
                    rest = rest.dropFirst()
                }
                value = rest.popFirst() ?? ""
            }
            defer { isNegated = false }
            option = Self.shortest[option] ?? option
            // Options that iptables adds by itself, or that do not affect matching.
            if option == "-m", Self.implied.contains(value) { continue }
            if option == "--comment" || (option == "--reject-with" && value == "icmp-port-unreachable") { continue }
            switch option {
            case "-s", "-d": if value.hasSuffix("/32") { value.removeLast(3) }
            case "-p": value = value.lowercased()
            case "--state": value = value.uppercased().split(separator: ",").sorted().joined(separator: ",")
            default: break
            }
            parts.insert(Part(option: option, value: value, isNegated: isNegated))
        }
    }

    init(_ words: [FirewallWord]) { self.init(words.map(\.text)) }

    private static let implied: Set = ["tcp", "udp", "state", "conntrack", "comment"]

    /// Whether the application can have written a rule of these words: it has few options and few targets, and no
    /// comment. The recordings and the columns from which it makes its rules have no others.
    static func isOfApplication(_ words: [String]) -> Bool {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "!" { continue }
            guard word.hasPrefix("-") else { return false }
            let parts = word.hasPrefix("--") ? word.split(separator: "=", maxSplits: 1).map(String.init) : [word]
            let option = shortest[parts[0]] ?? parts[0]
            if parts.count == 1, rest.first == "!" { rest = rest.dropFirst() }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.hasPrefix("-") else { return false }
            switch option {
            case "-m": guard value != "comment", implied.contains(value) else { return false }
            case "-j": guard targets.contains(value) else { return false }
            default: guard optionsOfApplication.contains(option) else { return false }
            }
        }
        return true
    }

    private static let optionsOfApplication: Set = [
        "-i", "-o", "-s", "-d", "-p", "--dport", "--state", "--reject-with", "--to", "--to-dest", "--to-destination",
    ]

    private static let targets: Set = [
        "ACCEPT", "DROP", "REJECT", "RETURN", "MASQUERADE", "DNAT", "WGWADM_FORWARD", "WGWADM_ROUTE_POLICY",
        "WGWADM_PREROUTING", "WGWADM_POSTROUTING",
    ]

    private static let shortest = [
        "--source": "-s", "--src": "-s", "--destination": "-d", "--dst": "-d", "--protocol": "-p", "--proto": "-p",
        "--in-interface": "-i", "--out-interface": "-o", "--match": "-m", "--jump": "-j", "--goto": "-g",
        "--destination-port": "--dport", "--source-port": "--sport", "--ctstate": "--state",
    ]

    /// The value of an option that occurs once in the rule, without `!`.
    func value(_ option: String) -> String? {
        let found = parts.filter { $0.option == option }
        return found.count == 1 && found.first?.isNegated == false ? found.first?.value : nil
    }

    var count: Int { parts.count }
}
