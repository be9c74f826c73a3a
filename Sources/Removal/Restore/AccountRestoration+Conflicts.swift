import ControlPlane
import Feed
import GRDB
import Journal
import Support

// What is in the way of a restore.
extension AccountRestoration {
    func requireAbsent() throws {
        guard let mailbox = Mailbox(archive.mailbox) else { throw RestoreRefusal.damaged }
        let target = try AccountTarget(of: mailbox, reading: db)
        let there =
            target.instances.map { "the instance \(InterfaceName.of($0.interfaceNumber))" }
            + target.groups.map { "the peer group \($0.name.quotedForMessage())" }
            + target.users.map { _ in "a user with this email" } + target.nearMatches.map(\.description)
        if !there.isEmpty { throw RestoreRefusal.isThere(there.firstFew()) }
    }

    /// Checks that no other row has the number, port, address or name of a restored row. Gives an instance a free number
    /// if its own is taken and ``renumbers`` allows that.
    mutating func place(_ content: inout ArchivedAccount) throws {
        own = content
        for index in content.rows.indices {
            let table = content.rows[index].table
            guard Cascade.Parent.allCases.contains(where: { $0.table == table }) else { continue }
            if table == Cascade.Parent.instance.table { try placeInstance(&content.rows[index]) }
            guard let columns = try rows.takenKey(of: content.rows[index]) else { continue }
            if table == Cascade.Parent.user.table, columns == ["username"] {
                throw RestoreRefusal.taken("another user has its username")
            }
            throw RestoreRefusal.taken("another row of \(table) has its \(columns.joined(separator: " and "))")
        }
    }

    mutating func placeInstance(_ row: inout ArchivedAccount.Row) throws {
        func owner(_ column: String) throws -> String? {
            guard let value = row.values[column], !value.isNull else { return nil }
            let found = try Row.fetchOne(
                db,
                sql: """
                    SELECT instance_id, name FROM wireguard_wireguardinstance
                    WHERE \(column) = \(value.placeholder) LIMIT 1
                    """, arguments: [value.binding])
            return found.map { found in
                let name = found.text(1).map { $0.quotedForMessage(limit: 254) } ?? "another one"
                return "\(InterfaceName.of(Int(found.integer(0) ?? 0))) of \(name)"
            }
        }
        for (column, what) in [("listen_port", "port"), ("address", "address")] {
            if let owner = try owner(column) {
                throw RestoreRefusal.taken("the \(what) of its instance belongs to \(owner) by now")
            }
        }
        guard case .integer(let number) = row.values["instance_id"] else { throw RestoreRefusal.damaged }
        restored.interfaceNumbers.append(Int(number))
        let obstacle: String
        if let owner = try owner("instance_id") {
            obstacle = "the number of its instance belongs to \(owner) by now"
        } else if ofOthers.contains(Int(number)) {
            obstacle = "\(InterfaceName.config(of: Int(number))) is there and is or may be somebody else's"
        } else {
            return
        }
        guard renumbers else {
            throw RestoreRefusal.taken(
                "\(obstacle); --renumber gives its instance a free number, which clients do not notice")
        }
        var used = Set(try Int64.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance"))
        used.formUnion((Array(occupied) + restored.interfaceNumbers).map(Int64.init))
        for other in try Array(all().values) + [own] {
            for other in other.rows where other.table == row.table {
                if case .integer(let number) = other.values["instance_id"] { used.insert(number) }
            }
        }
        let free = (Int64(0)...Int64(used.count)).first { !used.contains($0) } ?? number
        row.values["instance_id"] = .integer(free)
        restored.interfaceNumbers[restored.interfaceNumbers.count - 1] = Int(free)
        restored.renumbered[Int(number)] = Int(free)
    }
}
