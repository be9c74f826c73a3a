import GRDB

/// Maps users to their login sessions.
///
/// Django keeps the user's id inside the session's data, so every session has to be decoded. That is done in one pass.
/// If the database has changed since, the pass is repeated, but only new or rewritten sessions are decoded again.
package struct SessionIndex {
    /// What the first pass decoded, session by session. Most runs make no other pass and never look anything up.
    private var decoded: [(fingerprint: Int, owner: SessionDecoder.Owner)] = []
    /// By a fingerprint of key and data, so that a rewritten session gets a new entry. The fingerprint has 64 bits and
    /// a seed per process: with a million sessions, the chance that two share one is 1 in 37 million.
    private var known: [Int: SessionDecoder.Owner] = [:]
    private var isFirstPass = true
    private var users: Set<Int64> = []
    private var keysByUser: [Int64: [String]] = [:]
    private let decoder = SessionDecoder()

    /// How many sessions were decoded, over all passes. A rewritten session counts again.
    package private(set) var examined = 0
    /// How many of them could not be decoded.
    package private(set) var unreadable = 0

    package init(examined: Int = 0, unreadable: Int = 0) {
        self.examined = examined
        self.unreadable = unreadable
    }

    /// The keys of all sessions of a user. The last update must have included the user.
    package func keys(ofUser id: Int64) -> [String] { keysByUser[id] ?? [] }

    /// Whether the last update included all of these users.
    package func know(_ users: some Sequence<Int64>) -> Bool { users.allSatisfy(self.users.contains) }

    /// Reads the sessions that are in the database now.
    ///
    /// - Parameter users: the users to collect session keys for.
    package mutating func update(from db: Database, for users: Set<Int64>) throws {
        begin(for: users)
        _ = try take(from: db, after: nil, atMost: .max)
    }

    /// Begins a pass that is made in parts, with ``take(from:after:atMost:)``.
    package mutating func begin(for users: Set<Int64>) {
        self.users = users
        keysByUser = [:]
        isFirstPass = decoded.isEmpty && known.isEmpty
        if !decoded.isEmpty {
            known = Dictionary(decoded.map { ($0.fingerprint, $0.owner) }, uniquingKeysWith: { first, _ in first })
            decoded = []
        }
    }

    /// Reads the next sessions, in the order of their rows.
    ///
    /// - Returns: the last row read; nil if there were no more.
    package mutating func take(from db: Database, after row: Int64?, atMost count: Int) throws -> Int64? {
        var last: Int64?
        let sessions = try HeldStatement(
            db,
            sql: """
                SELECT rowid, session_key, session_data FROM django_session WHERE rowid > ?1 ORDER BY rowid LIMIT ?2
                """)
        try sessions.forEachRow(row ?? .min, Int64(count)) { row in
            last = Int64(row.integer(0))
            guard let key = row.bytes(1) else { return }
            let owner = owner(key, row.bytes(2) ?? UnsafeBufferPointer(start: nil, count: 0))
            guard case .user(let id) = owner, users.contains(id) else { return }
            keysByUser[id, default: []].append(String(decoding: key, as: UTF8.self))
        }
        return last
    }

    private mutating func owner(
        _ key: UnsafeBufferPointer<UInt8>, _ data: UnsafeBufferPointer<UInt8>
    ) -> SessionDecoder.Owner {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(data))
        hasher.combine(data.count)
        hasher.combine(bytes: UnsafeRawBufferPointer(key))
        let fingerprint = hasher.finalize()
        if !isFirstPass, let owner = known[fingerprint] { return owner }
        let owner = decoder.owner(of: data)
        examined += 1
        if owner == .unreadable { unreadable += 1 }
        if isFirstPass { decoded.append((fingerprint, owner)) } else { known[fingerprint] = owner }
        return owner
    }
}

extension ControlPlaneDatabase {
    /// Reads and decodes every session, as a removal does before its first account. The benchmark measures this.
    ///
    /// - Returns: how many sessions there are.
    package func examineSessions() throws -> Int {
        try readOnly(while: "read the sessions of the database") { db in
            var sessions = SessionIndex()
            try sessions.update(from: db, for: [])
            return sessions.examined
        }
    }
}
