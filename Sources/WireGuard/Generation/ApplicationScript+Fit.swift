extension ApplicationScript {
    /// Whether the application of this generation can have written the script, from any database.
    func fits(_ generation: Generation) -> Bool {
        let traits = generation.firewall
        return oddity == nil && chains == traits.chainNames && has(hooksOf: traits) && has(deletionsOf: traits)
            && traits.forwardPreamble.first.map { FirewallRule($0) == firstRule } != false
            && has(routePolicyOf: traits) && has(endOf: traits)
    }

    /// Whether it limits peers to their routes.
    var enforcesRoutes: Bool { routeVerdicts.contains("REJECT") }

    /// Whether VPN clients may reach the application's own pages; nil where the generation does not control that.
    func letsClientsReachApplication(_ generation: Generation) -> Bool? {
        guard let hook = generation.firewall.clientGuard else { return nil }
        return hooks[hook.place]?.contains(FirewallRule(hook.rule)) != true
    }

    private func has(hooksOf traits: FirewallTraits) -> Bool {
        let found = hooks.filter { !$0.value.isEmpty }
        return [nil, traits.clientGuard].contains { clientGuard in
            var expected: [String: [FirewallRule]] = [:]
            for hook in traits.hooks + [clientGuard].compactMap(\.self) {
                expected[hook.place, default: []].append(FirewallRule(hook.rule))
            }
            return found == expected
        }
    }

    /// The client guard may be deleted and not inserted: the environment of the application decides.
    private func has(deletionsOf traits: FirewallTraits) -> Bool {
        let removable = traits.removableHooks
        return deletions.allSatisfy { place, rules in rules.isSubset(of: removable[place] ?? []) }
    }

    private func has(routePolicyOf traits: FirewallTraits) -> Bool {
        guard let policy = traits.routePolicy else { return !entersRoutePolicyAfterRules }
        return routeVerdicts.isSubset(of: [policy.verdict.text, "REJECT"])
            && (policy.isEnteredAfterRules || !entersRoutePolicyAfterRules)
    }

    private func has(endOf traits: FirewallTraits) -> Bool {
        guard let end else { return false }
        let denials = Set(traits.policies.values.filter { $0.canBeAsked(as: policy) }.map(\.denial.text))
        guard !denials.isEmpty else { return false }
        func isPossible(_ verdict: String) -> Bool { verdict == "ACCEPT" || denials.contains(verdict) }

        let verdict = end.withinInterfaces.last?.verdict ?? "ACCEPT"
        let beside = verdict == "ACCEPT" ? Array(traits.interfacesBesideInstances) : []
        let expected = (instances.sorted() + beside).map { Pass(number: $0, verdict: verdict) }
        // A rule that an administrator made may precede them.
        return isPossible(verdict) && isPossible(end.betweenInterfaces)
            && end.withinInterfaces.suffix(expected.count).elementsEqual(expected)
    }
}

extension FirewallTraits {
    fileprivate var chainNames: Set<String> {
        Set(filterChains.map { "filter \($0.text)" } + Self.natChains.map { "nat \($0.text)" })
    }

    /// The rules that a script of the application may take out of built-in chains, by `table chain`.
    var removableHooks: [String: Set<FirewallRule>] {
        (hooks + [clientGuard].compactMap(\.self)).reduce(into: [:]) { removable, hook in
            removable[hook.place, default: []].insert(FirewallRule(hook.rule))
        }
    }
}

extension FirewallTraits.Hook {
    fileprivate var place: String { "\(table.text) \(chain.text)" }
}

extension FirewallTraits.Policy {
    /// Whether a script for this policy would set it with this word; nil stands for a script that sets no policy.
    fileprivate func canBeAsked(as word: String?) -> Bool {
        switch word {
        // FORWARD is ACCEPT by default.
        case nil: forward != "DROP"
        // iptables refuses REJECT as a policy, so the policy stays as it is.
        case "REJECT": forward == nil
        case let word?: forward?.text == word
        }
    }
}
