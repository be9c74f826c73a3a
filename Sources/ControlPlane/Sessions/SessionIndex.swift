import GRDB

/// Whose each login session is.
///
/// Django keeps the user's id inside the session's data, so that every session has to be decoded to know. That is done
/// in one pass. When the database has changed since, the pass is repeated, but only sessions that are new or that were
/// written again are decoded again.
package struct SessionIndex {
    /// What was decoded by the first pass, session by session. Most runs need no other, and then never look anything up.
    private var decoded: [(fingerprint: Int, owner: SessionDecoder.Owner)] = []
    /// By a fingerprint of key and data, so that a session that was written again is another one. 64 bits with a seed of
    /// this process: that two of a million sessions share one is as likely as one in 37 million.
    private var known: [Int: SessionDecoder.Owner] = [:]
    private var isFirstPass = true
    private var users: Set<Int64> = []
    private var keysByUser: [Int64: [String]] = [:]
    private let decoder = SessionDecoder()

    /// How many were decoded, over all passes: a session counts once, and again if it was written again.
    package private(set) var examined = 0
    /// How many of them could not be.
    package private(set) var unreadable = 0

    package init(examined: Int = 0, unreadable: Int = 0) {
        self.examined = examined
        self.unreadable = unreadable
    }

    /// The keys of all sessions of a user that the last update was for.
    package func keys(ofUser id: Int64) -> [String] { keysByUser[id] ?? [] }

    /// Whether the last update was for all of these.
    package func know(_ users: some Sequence<Int64>) -> Bool { users.allSatisfy(self.users.contains) }

    /// Takes in the sessions as they are in the database now.
    ///
    /// - Parameter users: whose sessions will be asked for.
    package mutating func update(from db: Database, for users: Set<Int64>) throws {
        begin(for: users)
        _ = try take(from: db, after: nil, atMost: .max)
    }

    /// Begins a pass that is made by and by, with ``take(from:after:atMost:)``.
    package mutating func begin(for users: Set<Int64>) {
        self.users = users
        keysByUser = [:]
        isFirstPass = decoded.isEmpty && known.isEmpty
        if !decoded.isEmpty {
            known = Dictionary(decoded.map { ($0.fingerprint, $0.owner) }, uniquingKeysWith: { first, _ in first })
            decoded = []
        }
    }

    /// Takes in sessions in the order of their rows.
    ///
    /// - Returns: the row that it has come to; nil where there was none left.
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
    /// Reads and decodes every session, as a removal does before its first account with those of people who stay: what the
    /// benchmark measures.
    ///
    /// - Returns: how many there are.
    package func examineSessions() throws -> Int {
        try readOnly(while: "read the sessions of the database") { db in
            var sessions = SessionIndex()
            try sessions.update(from: db, for: [])
            return sessions.examined
        }
    }
}
