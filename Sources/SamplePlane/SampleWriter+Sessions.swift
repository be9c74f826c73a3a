import Support

/// Login sessions: most belong to a user, some are anonymous, and some belong to deleted users.
extension SampleWriter {
    mutating func writeSessions() throws {
        let users = [administratorID] + inventory.accounts.flatMap(\.userIDs)
        let highest = users.max() ?? administratorID
        for _ in 0..<max(0, sample.sessions) {
            let stranger = users.randomElement(using: &random) ?? administratorID
            let owner = owner(among: users, highest: highest)
            let session = SampleSession(owner: owner, stranger: stranger, using: &random)
            let started = moment(withinDays: 0...15)
            let key = random.text(32, of: Alphabet.sessionKey)
            // Two weeks, Django's default session age.
            let expires = started.adding(seconds: 14 * 86_400)
            try insert(
                "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)",
                [key, session.encoded(at: started, using: &random), expires.django])
            inventory.sessionCount += 1
            if let owner { inventory.sessionKeysByUser[owner, default: []].append(key) }
        }
    }

    private mutating func owner(among users: [Int64], highest: Int64) -> Int64? {
        if random.oneIn(10) { return nil }
        if random.oneIn(40) { return highest + Int64(random.number(in: 1...1_000)) }
        return users.randomElement(using: &random)
    }
}
