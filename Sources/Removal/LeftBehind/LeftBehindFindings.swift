import ControlPlane
import Feed
import GRDB
import Support

/// What is left of accounts in the database now. It is looked up by email for every account, and also by address for
/// accounts that this run or an earlier one removed.
package struct LeftBehindFindings: Sendable {
    /// An account that was removed or is about to be.
    package struct Account {
        /// The place of its entry in the feed.
        var place: Int
        /// Its instances' networks and its peers' allowed IPs, such as `10.0.0.1/24` and `10.0.0.2/32`.
        var addresses: [String]
        /// The numbers of its instances.
        var interfaceNumbers: [Int]
        var removal: Removal

        package init(place: Int, addresses: [String], interfaceNumbers: [Int], removal: Removal) {
            self.place = place
            self.addresses = addresses
            self.interfaceNumbers = interfaceNumbers
            self.removal = removal
        }

        package enum Removal {
            /// It still exists.
            case planned
            case byThisRun
            /// An address that somebody else holds now is no longer the account's. What happened to its files is
            /// unknown.
            case byAnEarlierRun
        }
    }

    private let rows: LeftBehindRows
    private var byPlace: [Int: [LeftBehind]] = [:]

    /// - Parameter db: the database that the rows were read from, in the same transaction.
    package init(of accounts: [Account], among rows: LeftBehindRows, in db: Database) throws {
        self.rows = rows
        try findByAddress(rows.atAddresses, accounts, db)
        if rows.hasHostsFiles { try findHostsFiles(accounts, db) }
    }

    /// What is left of an entry's account.
    ///
    /// - Parameter place: the entry's place in the feed.
    package func found(of email: String, at place: Int) -> [LeftBehind] {
        let named = rows.found(of: email)
        guard let others = byPlace[place] else { return named }
        let all = named + others.filter { !named.contains($0) }
        return LeftBehind.Kind.allCases.flatMap { kind in all.filter { $0.type == kind } }
    }

    private mutating func findByAddress(
        _ rows: [LeftBehindRows.AtAddress], _ accounts: [Account], _ db: Database
    ) throws {
        guard !rows.isEmpty else { return }
        let held = accounts.map { $0.addresses.compactMap(HeldAddresses.network) }
        let index = AddressIndex(rows.map(\.address), within: Set(held.joined().map(\.length)))
        var earlier: [(place: Int, row: Int)] = []
        for (account, networks) in zip(accounts, held) {
            for row in Set(networks.flatMap(index.rows)).sorted() {
                if account.removal == .byAnEarlierRun {
                    earlier.append((account.place, row))
                } else {
                    byPlace[account.place, default: []].append(rows[row].found)
                }
            }
        }
        guard !earlier.isEmpty else { return }
        let holders = try HeldAddresses.all(in: db)
        for (place, row) in earlier where !rows[row].address.isWithin(holders) {
            byPlace[place, default: []].append(rows[row].found)
        }
    }

    private mutating func findHostsFiles(_ accounts: [Account], _ db: Database) throws {
        var present: Set<Int> = []
        try HeldStatement(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance").forEachRow { row in
            if row.isInteger(0) { present.insert(row.integer(0)) }
        }
        for account in accounts where account.removal != .byAnEarlierRun {
            // If a new instance has taken the number, the file belongs to that instance.
            for number in account.interfaceNumbers where account.removal == .planned || !present.contains(number) {
                byPlace[account.place, default: []].append(
                    LeftBehind(
                        .hostsFile, "peers_\(InterfaceName.of(number)).hosts",
                        "the application writes it into its DNS folder, where this program does not look"))
            }
        }
    }
}

/// Finds rows by the networks that contain their addresses.
private struct AddressIndex {
    private var places: [IPPrefix: [Int]] = [:]

    /// - Parameter lengths: the prefix lengths of the networks to look up.
    package init(_ addresses: [IPPrefix], within lengths: Set<Int>) {
        for (place, address) in addresses.enumerated() {
            for length in lengths {
                if let network = address.network(ofLength: length) { places[network, default: []].append(place) }
            }
        }
    }

    /// The rows whose addresses all lie in this network.
    func rows(_ network: IPPrefix) -> [Int] { places[network] ?? [] }
}

extension IPPrefix {
    /// Whether one of these networks contains all of its addresses.
    fileprivate func isWithin(_ networks: Set<IPPrefix>) -> Bool {
        (0...length).contains { length in network(ofLength: length).map(networks.contains) == true }
    }
}
