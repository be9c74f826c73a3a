import GRDB

/// Which instances, peer groups and users belong to the accounts that a feed names, by the mailbox they are named after.
struct AccountDirectory {
    private var targets: [Mailbox: AccountTarget] = [:]
    /// Names as they are spelled in the database, by the bytes of their spelling without regard to case. By bytes,
    /// since for Swift a text with `é` as one scalar and one with it as two are the same key.
    private var spellings: [[UInt8]: [String]] = [:]

    /// Reads what stands under the names with these hashes; see ``Mailbox/spellingHash(of:)``. Has to run in a transaction,
    /// the one that `names` were read in.
    init(reading db: Database, _ names: AccountNames, hashed hashes: Set<Int>) throws {
        try readInstances(db, names.instances.filter { hashes.contains($0.hash) })
        try readPeerGroups(db, names.peerGroups.filter { hashes.contains($0.hash) })
        try readUsers(db, names.users.filter { hashes.contains($0.hash) })
    }

    /// The same, from names that are read for this.
    init(reading db: Database, hashed hashes: Set<Int>) throws {
        try self.init(reading: db, AccountNames(reading: db), hashed: hashes)
    }

    /// What belongs to an account whose name was read; empty where nothing does.
    func target(of mailbox: Mailbox) -> AccountTarget {
        guard var target = targets[mailbox] else { return AccountTarget() }
        if target.instances.isEmpty || target.users.isEmpty { target.nearMisses = otherSpellings(of: mailbox) }
        return target
    }

    /// The users of all accounts.
    var users: Set<Int64> { Set(targets.values.flatMap { $0.users.map(\.id) }) }

    /// Names that differ from the mailbox in nothing but the case of letters.
    func otherSpellings(of mailbox: Mailbox) -> [String] {
        (spellings[Array(mailbox.caseFolded.utf8)] ?? []).filter { Mailbox($0) != mailbox }
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
                guard let uuid = row.text(0), let number = row.number(1) else {
                    add(named: name) {
                        $0.damage = "the row of its instance holds a uuid or an instance_id that cannot be read"
                    }
                    return
                }
                add(named: name) {
                    $0.instances.append(
                        .init(
                            uuid: uuid, interfaceNumber: Int(number), peers: row.integer(4),
                            createdAt: row.text(3).flatMap(UTCTime.init(django:))))
                }
            }
        }
    }

    private mutating func readPeerGroups(_ db: Database, _ named: [AccountNames.NamedRow]) throws {
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
        let select = try HeldStatement(
            db,
            sql: """
                SELECT id, email, is_superuser, is_staff,
                    (SELECT max(user_level) FROM user_manager_useracl WHERE user_id = person.id), date_joined
                FROM auth_user AS person WHERE id = ?
                """)
        for row in named {
            try select.forEachRow(row.rowID) { row in
                guard let id = row.number(0), let email = row.text(1) else { return }
                let privilege = Privilege(row, from: 2)
                add(named: email) {
                    $0.users.append(
                        .init(
                            id: id, email: email, privilege: privilege,
                            joinedAt: row.text(5).flatMap(UTCTime.init(django:))))
                }
            }
        }
    }

    /// A name that is no email belongs to nobody that a feed could name.
    private mutating func add(named name: String, _ change: (inout AccountTarget) -> Void) {
        guard let mailbox = Mailbox(name) else { return }
        change(&targets[mailbox, default: AccountTarget()])
        let folded = Array(mailbox.caseFolded.utf8)
        if spellings[folded]?.contains(where: { Mailbox($0) == mailbox }) != true {
            spellings[folded, default: []].append(name)
        }
    }
}
