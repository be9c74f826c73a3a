import Support

/// The parts of the application's `wg-firewall.sh` that show which generation wrote it.
///
/// The commands are compared, not the text: blanks, comments, quotes and the spelling of options make no difference.
/// Rules from the database are ignored, because an administrator may have changed it after the export.
package struct ApplicationScript {
    /// The application's own chains that the script creates, each as `table chain`.
    private(set) var chains: Set<String> = []
    /// The rules of built-in chains in order, by `table chain`.
    private(set) var hooks: [String: [FirewallRule]] = [:]
    /// The policy of FORWARD; nil where the script does not set it.
    private(set) var policy: String?
    /// The first rule of WGWADM_FORWARD.
    private(set) var firstRule: FirewallRule?
    /// Whether a rule of WGWADM_FORWARD leads to WGWADM_ROUTE_POLICY.
    private(set) var entersRoutePolicyAfterRules = false
    /// The verdicts in WGWADM_ROUTE_POLICY.
    private(set) var routeVerdicts: Set<String> = []
    /// The numbers of the instances at the time of the export. Each has a redirect of DNS queries.
    private(set) var instances: Set<Int64> = []
    /// The end of WGWADM_FORWARD.
    private(set) var end: End?
    /// The first command that no known release has, with its line.
    private(set) var oddity: String?

    /// The rules on traffic between peers, which come from the settings.
    struct End: Hashable {
        /// Rules from an interface to itself, directly before the last rule.
        var withinInterfaces: [Pass] = []
        /// The verdict on traffic from one interface to another.
        var betweenInterfaces: String
    }

    struct Pass: Hashable {
        var number: Int64
        var verdict: String
    }

    /// Rules from an interface to itself, kept until it is known whether the last rule follows.
    private var run: [Pass] = []

    init(_ bytes: [UInt8]) {
        var script = ShellWords(bytes)
        while let words = script.next() {
            let line = script.line
            guard let (program, arguments) = Self.call(words) else { continue }
            if program == "iptables" {
                if !take(FirewallCommand(arguments)) { note("a command that no known release has", line) }
            } else if Self.otherFilters.contains(program) {
                note("a call of \(program)", line)
            }
        }
    }

    /// Programs that set up a packet filter and that the application does not call.
    private static let otherFilters: Set = [
        "iptables-restore", "iptables-legacy", "iptables-nft", "iptables-apply", "ip6tables", "ip6tables-restore",
        "nft",
        "ipset", "ebtables", "arptables", "ufw", "firewall-cmd",
    ]

    /// The program and its arguments, without shell keywords and assignments before it.
    private static func call(_ words: [String]) -> (program: String, arguments: ArraySlice<String>)? {
        var rest = words[...]
        while let word = rest.popFirst() {
            if Self.shellWords.contains(word) || isAssignment(word) { continue }
            return (word.split(separator: "/").last.map(String.init) ?? "", rest)
        }
        return nil
    }

    private static let shellWords: Set = [
        "if", "then", "else", "elif", "do", "while", "until", "!", "{", "(", "sudo", "command", "exec", "time",
    ]

    private static func isAssignment(_ word: String) -> Bool {
        guard let sign = word.firstIndex(of: "="), sign != word.startIndex else { return false }
        return word[..<sign].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    private mutating func note(_ what: String, _ line: Int) {
        // The line is approximate: a command that ends with its line was read including the line end.
        oddity = oddity ?? "\(what), around line \(line)"
    }

    // MARK: Commands

    private static let own = "WGWADM_"
    private static let tables: Set = ["filter", "nat"]

    /// - Returns: whether a known release can contain such a command.
    private mutating func take(_ command: FirewallCommand) -> Bool {
        if command.action == .look { return true }
        guard Self.tables.contains(command.table), !command.chain.isEmpty else { return false }
        let isOwn = command.chain.hasPrefix(Self.own)
        let name = "\(command.table) \(command.chain)"
        switch command.action {
        case .create:
            chains.insert(name)
            return isOwn
        case .empty: return isOwn
        case .append where isOwn:
            takeRule(command, name)
            return chains.contains(name)
        case .append: hooks[name, default: []].append(FirewallRule(command.words))
        case .insert:
            // A number would give the position in the chain.
            guard !isOwn, command.words.first.map({ Int($0) == nil }) == true else { return false }
            hooks[name, default: []].insert(FirewallRule(command.words), at: 0)
        case .delete:
            guard !isOwn else { return false }
            let rule = FirewallRule(command.words)
            if let place = hooks[name]?.firstIndex(of: rule) { hooks[name]?.remove(at: place) }
        case .policy:
            guard name == "filter FORWARD" else { return false }
            policy = command.words.first
        case .look: break
        case .other: return false
        }
        return true
    }

    private mutating func takeRule(_ command: FirewallCommand, _ name: String) {
        switch name {
        case "filter WGWADM_FORWARD": takeForward(command.words)
        case "filter WGWADM_ROUTE_POLICY": routeVerdicts.insert(FirewallRule(command.words).value("-j") ?? "")
        case "nat WGWADM_PREROUTING" where command.words.contains("53"):
            let rule = FirewallRule(command.words)
            if rule.value("--dport") == "53", let number = Self.number(rule.value("-i")) { instances.insert(number) }
        default: break
        }
    }

    private mutating func takeForward(_ words: [String]) {
        if firstRule == nil { firstRule = FirewallRule(words) }
        // A rule from the settings has two interfaces and a verdict, and nothing else. Few of many thousands of rules
        // do.
        let rule = words.count <= 8 ? FirewallRule(words) : nil
        let (from, to, verdict) = (rule?.value("-i"), rule?.value("-o"), rule?.value("-j"))
        end = nil
        if let number = Self.number(from), from == to, rule?.count == 3, let verdict {
            run.append(Pass(number: number, verdict: verdict))
            return
        }
        if from == "wg+", to == "wg+", rule?.count == 3, let verdict {
            end = End(withinInterfaces: run, betweenInterfaces: verdict)
        } else if from == "wg+", verdict == "WGWADM_ROUTE_POLICY", rule?.count == 2 {
            entersRoutePolicyAfterRules = true
        }
        run = []
    }

    /// The number of an interface such as `wg7`.
    private static func number(_ interface: String?) -> Int64? {
        guard let interface, interface.hasPrefix("wg"), let number = Int64(interface.dropFirst(2)), number >= 0 else {
            return nil
        }
        return number
    }
}
