import GRDB

/// Whose each login session is.
///
/// Django keeps the user's id inside the session's data, so that every session has to be decoded to know. That is done
/// in one pass. When the database has changed since, the pass is repeated, but only sessions that are new or that were
/// written again are decoded again.
struct SessionIndex {
    private struct Known {
        var fingerprint: Int
        /// nil for a session of nobody, or one that cannot be read.
        var user: Int64?
        var isReadable: Bool
    }

    private var known: [String: Known] = [:]
    private var keysByUser: [Int64: [String]] = [:]
    private let decoder = SessionDecoder()

    var examined: Int { known.count }
    var unreadable: Int { known.values.count { !$0.isReadable } }

    /// The keys of all sessions of the user.
    func keys(ofUser id: Int64) -> [String] { keysByUser[id] ?? [] }

    /// Takes in the sessions as they are in the database now.
    mutating func update(from db: Database) throws {
        var present: [String: Known] = [:]
        // Growing step by step would move every key several times.
        present.reserveCapacity(try Int.fetchOne(db, sql: "SELECT count(*) FROM django_session") ?? 0)
        var keys: [Int64: [String]] = [:]
        try HeldStatement(db, sql: "SELECT session_key, session_data FROM django_session").forEachRow { row in
            guard let key = row.bytes(0).map({ String(decoding: $0, as: UTF8.self) }) else { return }
            let entry = examine(key, row.bytes(1) ?? UnsafeBufferPointer(start: nil, count: 0))
            present[key] = entry
            if let user = entry.user { keys[user, default: []].append(key) }
        }
        known = present
        keysByUser = keys
    }

    private func examine(_ key: String, _ data: UnsafeBufferPointer<UInt8>) -> Known {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(data))
        let fingerprint = hasher.finalize()
        if !known.isEmpty, let before = known[key], before.fingerprint == fingerprint { return before }
        switch decoder.owner(of: data) {
        case .user(let id): return Known(fingerprint: fingerprint, user: id, isReadable: true)
        case .nobody: return Known(fingerprint: fingerprint, user: nil, isReadable: true)
        case .unreadable: return Known(fingerprint: fingerprint, user: nil, isReadable: false)
        }
    }
}

extension ControlPlaneDatabase {
    /// Reads and decodes every session, as a removal does before its first account: what the benchmark measures.
    ///
    /// - Returns: how many there are.
    package func examineSessions() throws -> Int {
        try readOnly(while: "read the sessions of the database") { db in
            var sessions = SessionIndex()
            try sessions.update(from: db)
            return sessions.examined
        }
    }
}
