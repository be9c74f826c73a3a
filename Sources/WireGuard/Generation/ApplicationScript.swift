import Support

/// The parts of the application's `wg-firewall.sh` that show which generation wrote it.
///
/// The commands are compared, not the text: blanks, comments, quotes and the spelling of options make no difference.
/// Rules from the database are ignored, because an administrator may have changed it after the export. Anything that
/// the application does not write is an ``oddity``: somebody has added it, and it would be lost with the script.
struct ApplicationScript {
    /// The application's own chains that the script creates, each as `table chain`.
    private(set) var chains: Set<String> = []
    /// The rules of built-in chains in order, by `table chain`.
    private(set) var hooks: [String: [FirewallRule]] = [:]
    /// The rules that the script takes out of built-in chains before it inserts its own, by `table chain`.
    private(set) var deletions: [String: Set<FirewallRule>] = [:]
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

    /// The application's own chains that have a rule, each as `table chain`.
    private var filled: Set<String> = []

    /// Where a command is in the one condition that the application writes.
    private enum Condition { case none, expectsThen, isOpen, isClosed }

    private var condition = Condition.none
    private var hasEnded = false

    init(_ bytes: [UInt8]) {
        var script = ShellWords(bytes)
        while oddity == nil, let words = script.next() {
            if let found = Self.odd(script.redirections) ?? (hasEnded ? "a command after exit" : read(words[...])) {
                oddity = "\(found), line \(script.line)"
            }
        }
        guard oddity == nil else { return }
        if script.isCutShort {
            oddity = "a quote that is not closed, line \(script.line)"
        } else if condition == .expectsThen || condition == .isOpen {
            oddity = "an if that is not closed, line \(script.line)"
        }
    }

    /// - Returns: what no known release would have written; nil if the application can have written the command.
    private mutating func read(_ words: ArraySlice<String>) -> String? {
        let arguments = words.dropFirst()
        guard let word = words.first else { return nil }
        if condition == .expectsThen {
            guard word == "then" else { return "an if without then" }
            condition = .isOpen
            return read(arguments)
        }
        let isConditional = condition == .isOpen
        if Self.iptables.contains(word), !isConditional {
            guard arguments.allSatisfy(Self.isPlain) else { return "an unknown variable or command in a rule" }
            return take(FirewallCommand(arguments)) ? nil : Self.unknownCommand
        }
        switch word {
        case "if" where Array(arguments) == ["[", "-z", "$DNS_IP", "]"] && condition == .none:
            condition = .expectsThen
        case "fi" where isConditional && arguments.isEmpty: condition = .isClosed
        case "echo" where arguments.allSatisfy(Self.isPlain): break
        case "exit" where !isConditional && (arguments.isEmpty || Array(arguments) == ["0"]): hasEnded = true
        case _ where arguments.isEmpty && setsDNSAddress(word): break
        case _ where word.utf8.allSatisfy(Self.isInName): return "a call of \(word)"
        default: return Self.unknownCommand
        }
        return nil
    }

    private static let unknownCommand = "a command that is in no known release"
    private static let iptables: Set = ["iptables", "/sbin/iptables", "/usr/sbin/iptables"]

    private static func odd(_ redirections: [String]) -> String? {
        redirections.allSatisfy { ["/dev/null", "&1", "&2"].contains($0) } ? nil : "a redirection to or from a file"
    }

    /// Whether a word has no substitution, and no variable except the one that the application sets.
    private static func isPlain(_ word: String) -> Bool {
        guard !word.utf8.contains(where: { "`()".utf8.contains($0) }) else { return false }
        return word.split(separator: "$", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            if part.hasPrefix("{DNS_IP}") { return true }
            guard part.hasPrefix("DNS_IP") else { return false }
            return part.dropFirst("DNS_IP".count).first.map { $0.isLetter || $0.isNumber || $0 == "_" } != true
        }
    }

    /// Whether the word looks up the address of the application's name server or, where that is unknown, replaces it by
    /// one of this host.
    private func setsDNSAddress(_ word: String) -> Bool {
        guard word.hasPrefix("DNS_IP=") else { return false }
        let value = word.dropFirst("DNS_IP=".count)
        if condition == .isOpen { return value.hasPrefix("127.") && value.allSatisfy { $0.isNumber || $0 == "." } }
        guard value.hasPrefix("$("), value.hasSuffix(")") else { return false }
        var inner = ShellWords(Array(value.dropFirst(2).dropLast().utf8))
        var commands: [[String]] = []
        while let command = inner.next() {
            guard Self.odd(inner.redirections) == nil else { return false }
            commands.append(command.map { $0.filter { $0 != " " } })
        }
        return commands == [["getent", "hosts", "wireguard-webadmin-dns"], ["awk", "{print$1}"]]
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/._-+".utf8.contains(byte)
        }
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
        case .create: return isOwn && command.words.isEmpty && chains.insert(name).inserted
        // The application empties each of its chains before it fills it. Later, that would undo its rules.
        case .empty: return command.words.isEmpty && chains.contains(name) && !filled.contains(name)
        case .append, .insert, .delete:
            guard FirewallRule.isOfApplication(command.words) else { return false }
            return isOwn ? takeOwn(command, name) : takeHook(command, name)
        case .policy:
            guard name == "filter FORWARD", command.words.count == 1, policy == nil else { return false }
            policy = command.words.first
            return true
        case .look, .other: return false
        }
    }

    private mutating func takeOwn(_ command: FirewallCommand, _ name: String) -> Bool {
        guard command.action == .append, chains.contains(name) else { return false }
        filled.insert(name)
        takeRule(command, name)
        return true
    }

    private mutating func takeHook(_ command: FirewallCommand, _ name: String) -> Bool {
        let rule = FirewallRule(command.words)
        switch command.action {
        case .insert: hooks[name, default: []].insert(rule, at: 0)
        case .delete:
            // Before it inserts a rule, the application takes out the same rule of an earlier run. Any other rule is
            // somebody else's, and a rule that was just inserted would be missing.
            guard Self.hooksOfApplication[name]?.contains(rule) == true, hooks[name]?.contains(rule) != true else {
                return false
            }
            deletions[name, default: []].insert(rule)
        default: hooks[name, default: []].append(rule)
        }
        return true
    }

    private static let hooksOfApplication: [String: Set<FirewallRule>] = Generation.all.map(\.firewall.removableHooks)
        .reduce(into: [:]) { $0.merge($1) { $0.union($1) } }

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
