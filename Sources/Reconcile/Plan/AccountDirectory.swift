import GRDB

/// Who is in the database: instances, peer groups and users by the mailbox they are named after.
///
/// `wireguard_wireguardinstance.name` and `auth_user.email` have no index; a look-up per account would scan the table
/// each time. One pass over each of the three name columns resolves every account there is.
struct AccountDirectory {
    private(set) var targets: [Mailbox: AccountTarget] = [:]
    /// Names as they are spelled in the database, by the bytes of their spelling without regard to case. By bytes,
    /// since for Swift a text with `é` as one scalar and one with it as two are the same key.
    private var spellings: [[UInt8]: [String]] = [:]
    private var hashes: Set<Int> = []
    private(set) var instanceCount = 0

    /// Reads the whole directory. Has to run in a transaction, so that the three passes see one state.
    init(reading db: Database) throws {
        try readInstances(db)
        try readPeerGroups(db)
        try readUsers(db)
    }

    /// What belongs to an account; empty where nothing does.
    func target(of mailbox: Mailbox) -> AccountTarget {
        guard var target = targets[mailbox] else { return AccountTarget() }
        if target.instances.isEmpty || target.users.isEmpty { target.nearMisses = otherSpellings(of: mailbox) }
        return target
    }

    /// Whether a name of the database has this hash; see ``Mailbox/spellingHash(of:)``. Where none has, there is neither an
    /// account of that spelling nor one that differs from it in case alone.
    func hasName(hashed hash: Int) -> Bool { hashes.contains(hash) }

    /// Names that differ from the mailbox in nothing but the case of letters.
    func otherSpellings(of mailbox: Mailbox) -> [String] {
        (spellings[Array(mailbox.caseFolded.utf8)] ?? []).filter { Mailbox($0) != mailbox }
    }

    private mutating func readInstances(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT instance.uuid, instance.instance_id, instance.name, peers.number, instance.created
                FROM wireguard_wireguardinstance AS instance
                LEFT JOIN (
                    SELECT wireguard_instance_id, count(*) AS number FROM wireguard_peer GROUP BY wireguard_instance_id
                ) AS peers ON peers.wireguard_instance_id = instance.uuid
                ORDER BY instance.rowid
                """)
        while let row = try rows.next() {
            instanceCount += 1
            guard let name = row.text(2) else { continue }
            guard let uuid = row.text(0), let number = row.integer(1) else {
                add(named: name) {
                    $0.damage = "the row of its instance holds a uuid or an instance_id that cannot be read"
                }
                continue
            }
            add(named: name) {
                $0.instances.append(
                    .init(
                        uuid: uuid, interfaceNumber: Int(number), peers: Int(row.integer(3) ?? 0),
                        createdAt: row.text(4).flatMap(UTCTime.init(django:))))
            }
        }
    }

    private mutating func readPeerGroups(_ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT uuid, name FROM wireguard_peergroup ORDER BY rowid")
        while let row = try rows.next() {
            guard let uuid = row.text(0), let name = row.text(1) else { continue }
            let suffix = "_group".utf8
            guard name.utf8.suffix(suffix.count).elementsEqual(suffix) else { continue }
            let owner = String(decoding: name.utf8.dropLast(suffix.count), as: UTF8.self)
            add(named: owner) { $0.groups.append(.init(uuid: uuid, name: name)) }
        }
    }

    private mutating func readUsers(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT person.id, person.email, person.is_superuser, person.is_staff, max(acl.user_level),
                    person.date_joined
                FROM auth_user AS person LEFT JOIN user_manager_useracl AS acl ON acl.user_id = person.id
                GROUP BY person.id ORDER BY person.id
                """)
        while let row = try rows.next() {
            guard let id = row.integer(0), let email = row.text(1) else { continue }
            let privilege = Privilege(row, from: 2)
            add(named: email) {
                $0.users.append(
                    .init(
                        id: id, email: email, privilege: privilege, joinedAt: row.text(5).flatMap(UTCTime.init(django:))
                    ))
            }
        }
    }

    /// A name that is no email belongs to nobody that a feed could name.
    private mutating func add(named name: String, _ change: (inout AccountTarget) -> Void) {
        guard let mailbox = Mailbox(name) else { return }
        change(&targets[mailbox, default: AccountTarget()])
        hashes.insert(Mailbox.spellingHash(of: name))
        let folded = Array(mailbox.caseFolded.utf8)
        if spellings[folded]?.contains(where: { Mailbox($0) == mailbox }) != true {
            spellings[folded, default: []].append(name)
        }
    }
}
