/// The text of the script, with the rules in it.
struct FirewallShell {
    /// The second line, which identifies the script.
    static let mark = "# Written by wg-reconcile from the application's database. Changes made here are lost."

    let text: String

    /// The start of the third line. It names the generation of the application that the script was written for, and
    /// states whether VPN clients may reach the application's own pages.
    static let generationMark = "# Generation: "
    static let clientsReachApplication = "clients-reach-application"

    /// - Parameter letsClientsReachApplication: if true, the generation's ``FirewallTraits/clientGuard`` is left out.
    init(
        generation: Generation, letsClientsReachApplication: Bool, tables: FirewallTables, forwardPolicy: FirewallWord?
    ) {
        let traits = generation.firewall
        let clientGuard = letsClientsReachApplication ? nil : traits.clientGuard
        var tables = tables
        // Insert the last one first, because each becomes the first of its chain.
        for hook in (traits.hooks + [clientGuard].compactMap(\.self)).reversed() { tables.hook(hook) }
        var script: [UInt8] = []
        script.reserveCapacity(tables.filter.count + tables.nat.count + 8_192)
        script.append(text: "#!/bin/bash\n\(Self.mark)\n\(Self.generationMark)\(generation.name)")
        if letsClientsReachApplication { script.append(text: " " + Self.clientsReachApplication) }
        script.append(text: Self.head)
        script.append("\nfilter_rules=(\n")
        for chain in traits.filterChains { script.append(chain: chain) }
        script += tables.filter
        script.append(")\n\nnat_rules=(\n")
        for chain in FirewallTraits.natChains { script.append(chain: chain) }
        script += tables.nat
        script.append(")\n\nfill filter \"${filter_rules[@]}\"\nfill nat \"${nat_rules[@]}\"\n")
        if let forwardPolicy { script.append(text: "run -t filter -P FORWARD \(forwardPolicy.text)\n") }
        script.append(text: Self.foot)
        script.append("\n")
        text = String(decoding: script, as: UTF8.self)
    }

    private static let head = #"""

        #
        # Fills the chains WGWADM_* of the packet filter and leads traffic through them. Run again, it leaves the same.
        # Ends with status 0 even if single commands are refused, for wg-quick takes an interface down whose PostUp
        # fails; with the argument "strict" it ends with status 1 then.

        # Rules are split into words below; no word is ever a pattern for file names.
        set -f
        unset IFS
        refused=0

        run() {
            iptables -w 10 "$@" || refused=$((refused + 1))
        }

        # The first IPv4 address of a host.
        address_of() {
            local address
            while read -r address _; do
                if [[ $address =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
                    printf '%s\n' "$address"
                    return
                fi
            done < <(getent hosts "$1"; getent ahostsv4 "$1")
        }

        # fill TABLE LINE...: the table's chains get these rules in one step, so that no packet meets half of them. A rule
        # that becomes the first of its chain goes from where it was. If that is refused as a whole, line by line, so that
        # one that cannot be does not keep out the others.
        fill() {
            local table=$1 line chain
            local -a lines=()
            shift
            for line in "$@"; do
                # shellcheck disable=SC2086
                if [[ $line == "-I "* ]] && iptables -w 10 -t "$table" -C ${line#-I } 2>/dev/null; then
                    lines+=("-D ${line#-I }")
                fi
                lines+=("$line")
            done
            printf '%s\n' "*$table" "${lines[@]}" COMMIT | iptables-restore -w 10 --noflush 2>/dev/null && return
            for line in "${lines[@]}"; do
                if [[ $line == :* ]]; then
                    chain=${line%% *}
                    iptables -w 10 -t "$table" -N "${chain#:}" 2>/dev/null
                    run -t "$table" -F "${chain#:}"
                else
                    # shellcheck disable=SC2086
                    run -t "$table" $line
                fi
            done
        }

        # Where no such host is known, an address at which nobody answers.
        dns_address=$(address_of wireguard-webadmin-dns)
        dns_address=${dns_address:-127.0.0.250}

        """#

    private static let foot = #"""

        if ((refused > 0)); then
            printf '%s of the commands above were refused\n' "$refused" >&2
            [[ ${1-} == strict ]] && exit 1
        fi
        exit 0
        """#
}

extension [UInt8] {
    /// Appends one of the application's own chains, empty.
    fileprivate mutating func append(chain name: FirewallWord) { append(text: "    ':\(name.text) - [0:0]'\n") }
}
