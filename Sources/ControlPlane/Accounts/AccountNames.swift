import Feed
import GRDB

/// The rows that may belong to an account, by name: names of instances and peer groups, emails of users.
///
/// `wireguard_wireguardinstance.name` and `auth_user.email` have no index, so a look-up for each account would scan the
/// table each time. One pass over each of the three columns finds the rows of every account. It takes less than a
/// microsecond per row, so it can be repeated under a lock.
package struct AccountNames {
    /// A row by the hash of its name; see ``NearSpelling/hash(of:)``.
    package struct NamedRow {
        let hash: Int
        let rowID: Int64
    }

    /// All lists are in the order of the rows.
    private(set) var instances: [NamedRow] = []
    private(set) var peerGroups: [NamedRow] = []
    private(set) var users: [NamedRow] = []
    /// Users without an email whose username is an email.
    package private(set) var usernames: [NamedRow] = []
    /// Users by their verified addresses other than `auth_user.email`.
    private(set) var secondaryAddresses: [NamedRow] = []
    /// The number of instances, with or without a name.
    package private(set) var instanceCount = 0

    /// Call this in a transaction, so that all passes see the same state.
    package init(reading db: Database) throws {
        try HeldStatement(db, sql: "SELECT rowid, name FROM wireguard_wireguardinstance ORDER BY rowid")
            .forEachRow { row in
                instanceCount += 1
                if let name = row.bytes(1) { instances.append(NamedRow(name, row)) }
            }
        // The first releases had no peer groups.
        if try db.hasTable("wireguard_peergroup") {
            try HeldStatement(db, sql: "SELECT rowid, name FROM wireguard_peergroup ORDER BY rowid").forEachRow { row in
                if let owner = row.bytes(1).flatMap(PeerGroupName.owner) { peerGroups.append(NamedRow(owner, row)) }
            }
        }
        try HeldStatement(db, sql: "SELECT id, email, username FROM auth_user ORDER BY id").forEachRow { row in
            if let email = row.bytes(1), !email.isBlank {
                users.append(NamedRow(email, row))
            } else if let username = row.bytes(2), username.contains(UInt8(ascii: "@")) {
                usernames.append(NamedRow(username, row))
            }
        }
        guard try SecondaryAddresses.exist(in: db) else { return }
        try HeldStatement(db, sql: SecondaryAddresses.ofUsers).forEachRow { row in
            if let address = row.bytes(1) { secondaryAddresses.append(NamedRow(address, row)) }
        }
    }

    /// The hashes of all names. A name whose hash is not among them belongs to no account here, not even under a near
    /// spelling.
    package var hashes: Set<Int> {
        var hashes: Set<Int> = []
        hashes.reserveCapacity(instances.count + users.count)
        for rows in [instances, peerGroups, users, usernames, secondaryAddresses] {
            for row in rows { hashes.insert(row.hash) }
        }
        return hashes
    }
}

extension AccountNames.NamedRow {
    fileprivate init(_ name: UnsafeBufferPointer<UInt8>, _ row: HeldRow) {
        self.init(hash: NearSpelling.hash(of: name), rowID: Int64(row.integer(0)))
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether there is nothing but ASCII white space.
    fileprivate var isBlank: Bool { allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }
}

/// The addresses of a user that django-allauth keeps in addition to `auth_user.email`.
enum SecondaryAddresses {
    static let ofUsers = """
        SELECT user_id, email FROM account_emailaddress WHERE verified ORDER BY user_id
        """

    /// Whether the database has such addresses. Not all generations of the application use django-allauth.
    static func exist(in db: Database) throws -> Bool {
        let columns = try String.fetchSet(db, sql: "SELECT lower(name) FROM pragma_table_info('account_emailaddress')")
        return columns.isSuperset(of: ["user_id", "email", "verified"])
    }
}

/// The name of an account's peer group, `<email>_group`.
enum PeerGroupName {
    private static let suffix = Array("_group".utf8)

    /// The bytes of the email; nil for a name without this suffix.
    static func owner(_ name: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard name.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        return UnsafeBufferPointer(rebasing: name.dropLast(suffix.count))
    }

    static func owner(_ name: String) -> String? {
        var name = name
        return name.withUTF8 { owner($0).map { String(decoding: $0, as: UTF8.self) } }
    }
}
