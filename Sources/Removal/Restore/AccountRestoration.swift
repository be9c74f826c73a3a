import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Puts back what a removal has deleted of an account. Call it in a transaction; if it throws, roll that back.
///
/// A row that refers to another removed account stays in the archive until that account is restored too. A row that
/// refers to something that is gone for good is left out. Nobody gets more access: a firewall rule comes back only with
/// a member or an address on every side that had one. An API key is enabled only if it has an instance. An ACL without
/// a group of its own gets the empty group.
package struct AccountRestoration {
    let db: Database
    let schema: ControlPlaneSchema
    let author: AccessRestrictions.Author
    /// Whether an instance gets a free number if its own is taken.
    let renumbers: Bool
    var rows: RowRestoration
    /// The archives of all accounts but this one, once they were needed.
    var others: [Journal.Archive: ArchivedAccount]?
    var restored: RestoredAccount
    let archive: Journal.Archive
    /// All that was archived of the account, which others may wait for.
    var own = ArchivedAccount()
    /// The numbers of configs in the folder. An instance that gets another number gets none of these.
    let occupied: Set<Int>
    /// Those of them whose config is or may be somebody else's. No instance comes back under such a number.
    let ofOthers: Set<Int>
    /// When the feed that brings it back was made; nil if an operator restores it.
    let feedTime: UTCTime?
    /// Whether the rows are those of the account itself, and not what others wait for.
    var isOwn = true
    /// The ACLs and API keys that have a group or an instance again.
    var grownACLs: Set<String> = []
    var grownKeys: Set<Int64> = []

    /// - Parameters:
    ///   - runID: the run that the empty group is named after, if it has to be created.
    ///   - occupied: the numbers of the configs in the folder.
    ///   - ofOthers: those of them whose config is or may be somebody else's.
    package init(
        of archive: Journal.Archive, in db: Database, _ schema: ControlPlaneSchema, runID: RunID, now: UTCTime,
        renumbers: Bool, occupied: Set<Int>, ofOthers: Set<Int>, feedTime: UTCTime?
    ) {
        self.feedTime = feedTime
        (self.occupied, self.ofOthers) = (occupied, ofOthers)
        (self.db, self.schema, self.archive, self.renumbers) = (db, schema, archive, renumbers)
        author = AccessRestrictions.Author(runID: runID, time: now)
        rows = RowRestoration(db)
        restored = RestoredAccount(archive)
    }

    /// - Throws: ``RestoreRefusal``, or an error of the database.
    package mutating func restore() throws -> RestoredAccount {
        try requireAbsent()
        var content: ArchivedAccount
        do {
            content = try Journal.content(of: archive, in: db)
        } catch is ArchiveBytes.Damaged {
            throw RestoreRefusal.damaged
        }
        for row in content.rows { try rows.requireColumns(of: row) }
        try place(&content)
        own = content
        var rest = try put(content)
        // Other accounts may have waited for what is back now. What they get back may be what this one waits for.
        var waiting = try waitingParts()
        var isProgress = true
        while isProgress {
            isProgress = false
            for index in waiting.indices {
                isOwn = false
                let still = try put(waiting[index].content)
                isOwn = true
                guard still.count < waiting[index].content.count else { continue }
                waiting[index].content = still
                try Journal.replaceContent(of: waiting[index].archive, with: still, in: db)
                isProgress = true
            }
            let still = try put(rest)
            if still.count < rest.count { (rest, isProgress) = (still, true) }
        }
        try relieveGrown(&rest)
        rest.restrictedACLs += try restrictACLs(in: content)
        try EmptyPeerGroup.deleteIfUnused(in: db)
        if rows.hasNewIDs { try renewOthers() }
        // The message of a failed commit would be less clear.
        if db.hasDeferredViolations { throw RestoreRefusal.database("a reference would dangle") }
        // The files of a renumbered instance contain its old number.
        restored.files = content.files.filter { file in
            !restored.renumbered.keys.contains { file.name.hasPrefix("wg\($0)_") || file.name == "wg\($0).conf" }
        }
        if restored.files.count < content.files.count {
            restored.leftOut.append(
                "the scripts of its bandwidth limit, which name the number that it had: until the application exports, it "
                    + "has no limit")
        }
        if feedTime != nil && !restored.lostRules.isEmpty {
            throw RestoreRefusal.rulesGone(restored.lostRules.count)
        }
        restored.waiting = rest.rows.count + rest.references.count
        try Journal.noteRestored(archive, rest: rest, at: author.time, by: author.runID, of: feedTime, in: db)
        return restored
    }

    // MARK: Rows

    /// Puts back what can come back.
    ///
    /// - Returns: what has to wait.
    mutating func put(_ content: ArchivedAccount) throws -> ArchivedAccount {
        var rest = ArchivedAccount()
        // Parents were deleted after their children.
        let (rules, others) = (content.rows.filter(\.isOfRule), content.rows.filter { !$0.isOfRule })
        for row in others.reversed() { try put(row, &rest) }
        try putRules(rules, &rest)
        for reference in content.references { try put(reference, &rest) }
        for acl in content.restrictedACLs where try !relieve(acl) { rest.restrictedACLs.append(acl) }
        for key in content.disabledKeys where try !enable(key) { rest.disabledKeys.append(key) }
        return rest
    }

    mutating func put(_ archived: ArchivedAccount.Row, _ rest: inout ArchivedAccount) throws {
        var row = try rows.renewed(archived, isOwn: isOwn)
        if row.isExpiredInvite(at: author.time) {
            restored.leftOut.append("an invite that has expired")
            return
        }
        for key in try rows.missingParents(of: row) {
            if Self.harmless.contains("\(row.table).\(key.column)") {
                row.values[key.column] = .null
                restored.leftOut.append("\(key.column) of a row of \(row.table): that row of \(key.parent) is gone")
                continue
            }
            if try mayComeBack(key, row.values[key.column] ?? .null) {
                rest.rows.append(row)
                return
            }
            if Cascade.Parent.allCases.contains(where: { $0.table == row.table }) {
                throw RestoreRefusal.parentGone(table: row.table, column: key.column, parent: key.parent)
            }
            if row.isOfRule && key.parent == Cascade.Parent.firewallRule.table {
                let rule = row.values[key.column]?.string ?? ""
                if restored.lostRules.insert(rule).inserted {
                    restored.leftOut.append("its place in the firewall rule \(rule.hyphenatedUUID), which is gone")
                }
            } else {
                restored.leftOut.append("a row of \(row.table): its row of \(key.parent) is gone")
            }
            return
        }
        if !Cascade.Parent.allCases.contains(where: { $0.table == row.table }), try rows.takenKey(of: row) != nil {
            restored.leftOut.append("a row of \(row.table): there is one like it")
            return
        }
        try rows.insert(row)
        restored.rows[row.table, default: 0] += 1
        if row.table == AclTable.memberships, let acl = row.values["useracl_id"]?.string { grownACLs.insert(acl) }
        if row.table == APIKeyTables.permissions, case .integer(let key) = row.values["apikey_id"] {
            grownKeys.insert(key)
        }
    }

    /// References that can be cleared without giving the row more effect.
    static let harmless: Set = [
        "scheduler_peerscheduling.profile_id", "django_admin_log.content_type_id", "socialaccount_socialtoken.app_id",
    ]

    /// Whether the row that a key refers to is archived.
    mutating func mayComeBack(_ key: RowRestoration.ForeignKey, _ value: StoredValue) throws -> Bool {
        func isAmong(_ rows: [ArchivedAccount.Row]) -> Bool {
            rows.contains { $0.table == key.parent && $0.values[key.parentColumn] == value }
        }
        return try isAmong(own.rows) || all().values.contains { isAmong($0.rows) }
    }

    /// What earlier restores left waiting.
    func waitingParts() throws -> [(archive: Journal.Archive, content: ArchivedAccount)] {
        try Journal.archives(areWaiting: true, at: author.time, in: db).filter { $0.rowID != archive.rowID }
            .compactMap { other in
                // One that is damaged has nothing to put back.
                (try? Journal.content(of: other, in: db)).map { (other, $0) }
            }
    }

    mutating func all() throws -> [Journal.Archive: ArchivedAccount] {
        if let others { return others }
        var found: [Journal.Archive: ArchivedAccount] = [:]
        for other in try Journal.archives(at: author.time, in: db) where other.rowID != archive.rowID {
            // One that is damaged has nothing to wait for.
            found[other] = try? Journal.content(of: other, in: db)
        }
        others = found
        return found
    }
}
