import Feed
import GRDB

/// The instances, peer groups and users of the accounts that a feed names, by the mailbox they are named after.
package struct AccountDirectory {
    private var targets: [Mailbox: AccountTarget] = [:]
    /// Users without an email, by the email that is their username.
    private var usersByUsername: [Mailbox: [AccountTarget.User]] = [:]
    private var nearInstances: [NearSpelling: [AccountTarget.NearMatch]] = [:]
    private var nearUsers: [NearSpelling: [AccountTarget.NearMatch]] = [:]
    /// Whether a user without an email belongs to the account whose email is the username.
    private let matchesUsernames: Bool

    /// Reads the rows whose names have these hashes; see ``NearSpelling/hash(of:)``. Call this in the transaction in
    /// which `names` were read.
    package init(reading db: Database, _ names: AccountNames, hashed hashes: Set<Int>, matchingUsernames: Bool) throws {
        matchesUsernames = matchingUsernames
        try readInstances(db, names.instances.filter { hashes.contains($0.hash) })
        try readPeerGroups(db, names.peerGroups.filter { hashes.contains($0.hash) })
        try readUsers(db, names.users.filter { hashes.contains($0.hash) })
        try readUsernames(db, names.usernames.filter { hashes.contains($0.hash) })
        let addresses = names.secondaryAddresses.filter { hashes.contains($0.hash) }
        if !addresses.isEmpty { try readSecondaryAddresses(db, Set(addresses.map(\.rowID))) }
    }

    /// The same, but reads the names first.
    package init(reading db: Database, hashed hashes: Set<Int>, matchingUsernames: Bool) throws {
        try self.init(
            reading: db, AccountNames(reading: db), hashed: hashes, matchingUsernames: matchingUsernames)
    }

    /// What belongs to an account whose name was read; empty if nothing does. For a missing half, the result includes
    /// what exists under near spellings.
    package func target(of mailbox: Mailbox) -> AccountTarget {
        var target = targets[mailbox] ?? AccountTarget()
        if target.users.isEmpty && matchesUsernames { target.users = usersByUsername[mailbox] ?? [] }
        guard target.instances.isEmpty || target.users.isEmpty else { return target }
        let spelling = NearSpelling(mailbox.canonical)
        if target.instances.isEmpty { target.nearMatches += nearInstances[spelling] ?? [] }
        if target.users.isEmpty { target.nearMatches += (nearUsers[spelling] ?? []).map { $0.compared(with: mailbox) } }
        return target
    }

    /// The users of all accounts.
    package var users: Set<Int64> {
        Set(targets.values.flatMap { $0.users.map(\.id) } + usersByUsername.values.flatMap { $0.map(\.id) })
    }

    private mutating func readInstances(_ db: Database, _ named: [AccountNames.NamedRow]) throws {
        let select = try HeldStatement(
            db,
            sql: """
                SELECT uuid, instance_id, name, created,
                    (SELECT count(*) FROM wireguard_peer WHERE wireguard_instance_id = instance.uuid)
                FROM wireguard_wireguardinstance AS instance WHERE rowid = ?
                """)
        for row in named {
            try select.forEachRow(row.rowID) { row in
                guard let name = row.text(2) else { return }
                nearInstances[NearSpelling(name), default: []].append(.instance(name: name))
                guard let uuid = row.text(0), let number = row.number(1) else {
                    add(named: name) {
                        $0.damage = "the row of its instance has a uuid or an instance_id that cannot be read"
                    }
                    return
                }
                add(named: name) {
                    $0.instances.append(
                        .init(
                            uuid: uuid, interfaceNumber: Int(number), peers: row.integer(4),
                            createdAt: CreationTime(row, 3)))
                }
            }
        }
    }

    private mutating func readPeerGroups(_ db: Database, _ named: [AccountNames.NamedRow]) throws {
        // If there are no names, the table may not exist.
        guard !named.isEmpty else { return }
        let select = try HeldStatement(db, sql: "SELECT uuid, name FROM wireguard_peergroup WHERE rowid = ?")
        for row in named {
            try select.forEachRow(row.rowID) { row in
                guard let uuid = row.text(0), let name = row.text(1), let owner = PeerGroupName.owner(name) else {
                    return
                }
                add(named: owner) { $0.groups.append(.init(uuid: uuid, name: name)) }
            }
        }
    }

    private mutating func readUsers(_ db: Database, _ named: [AccountNames.NamedRow]) throws {
        let select = try HeldStatement(db, sql: selectUser)
        for row in named {
            try forUser(row.rowID, select) { user, _ in
                nearUsers[NearSpelling(user.email), default: []].append(.user(email: user.email))
                add(named: user.email) { $0.users.append(user) }
            }
        }
    }

    private mutating func readUsernames(_ db: Database, _ named: [AccountNames.NamedRow]) throws {
        let select = try HeldStatement(db, sql: selectUser)
        for row in named {
            try forUser(row.rowID, select) { user, username in
                nearUsers[NearSpelling(username), default: []].append(.username(username, isExact: false))
                if let mailbox = Mailbox(username) { usersByUsername[mailbox, default: []].append(user) }
            }
        }
    }

    /// Calls `body` with the user and the username.
    private func forUser(_ id: Int64, _ select: HeldStatement, _ body: (AccountTarget.User, String) -> Void) throws {
        try select.forEachRow(id) { row in
            guard let id = row.number(0), let email = row.text(1) else { return }
            let user = AccountTarget.User(
                id: id, email: email, privilege: Privilege(row, from: 3),
                joinedAt: CreationTime(row, 6))
            body(user, row.text(2) ?? "")
        }
    }

    private mutating func readSecondaryAddresses(_ db: Database, _ users: Set<Int64>) throws {
        let emails = try HeldStatement(db, sql: "SELECT email FROM auth_user WHERE id = ?")
        try HeldStatement(db, sql: SecondaryAddresses.ofUsers).forEachRow { row in
            guard let user = row.number(0), users.contains(user), let address = row.text(1) else { return }
            var email = ""
            try emails.forEachRow(user) { email = $0.text(0) ?? "" }
            nearUsers[NearSpelling(address), default: []].append(.secondaryAddress(address, of: email))
        }
    }

    /// Ignores a name that is not an email, because no feed can name it.
    private mutating func add(named name: String, _ change: (inout AccountTarget) -> Void) {
        guard let mailbox = Mailbox(name) else { return }
        change(&targets[mailbox, default: AccountTarget()])
    }
}

extension AccountTarget.NearMatch {
    /// The same match, with its username compared to the account's email.
    fileprivate func compared(with mailbox: Mailbox) -> Self {
        guard case .username(let name, _) = self else { return self }
        return .username(name, isExact: Mailbox(name) == mailbox)
    }
}

/// A user by id: id, email, username, the columns that ``Privilege`` reads, and the time of joining.
private let selectUser = """
    SELECT id, email, username, is_superuser, is_staff,
        (SELECT max(user_level) FROM user_manager_useracl WHERE user_id = person.id), date_joined
    FROM auth_user AS person WHERE id = ?
    """

extension AccountTarget {
    /// What belongs to a single account. A user who has its email only as a username does not.
    package init(of mailbox: Mailbox, reading db: Database) throws {
        self = try AccountDirectory(
            reading: db, hashed: [NearSpelling.hash(of: mailbox.canonical)], matchingUsernames: false
        ).target(of: mailbox)
    }
}
