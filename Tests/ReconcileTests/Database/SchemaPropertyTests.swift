import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import SamplePlane
@testable import Support
@testable import WireGuard

/// A state that nobody has looked at: one that was, from which tables and columns were taken away and to which others were
/// added, one at a time.
private struct RandomSchema {
    private(set) var schema: StateSchema
    private(set) var changes: [String]
    /// Columns that no known state has, as `table.column`.
    private(set) var unknownColumns: Set<String> = []
    /// Tables that no known state has, each with a reference to a table from which something goes.
    private(set) var unknownTables: Set<String> = []
    private var random: SplitMix64

    init(seed: UInt64, changes count: Int) throws {
        random = SplitMix64(seed: seed)
        let name = StateSchema.names[random.number(in: 0...StateSchema.names.count - 1)]
        schema = try StateSchema(name)
        changes = [name]
        for _ in 0..<count { try change() }
    }

    var description: String { changes.joined(separator: ", ") }

    /// Whether it has something that only the fork has and something that came to upstream after the fork left it.
    var isOfForkAndLaterUpstream: Bool {
        let fork =
            schema.has("orders_paymenttoken") || schema.has("user_manager_cancelurl")
            || schema.has("wireguard_wireguardinstance", "bandwidth_limit_enabled")
        let upstream =
            schema.has("scheduler_peerscheduling") || schema.has("api_v2_apikey")
            || schema.has("wireguard_wireguardinstance", "enforce_route_policy")
            || ["routing_template_id", "suspended", "suspend_reason", "disabled_by_schedule", "enabled_by_schedule"]
                .contains { schema.has("wireguard_peer", $0) }
        return fork && upstream
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value? { values.randomElement(using: &random) }

    private mutating func change() throws {
        let donor = try StateSchema(StateSchema.names[random.number(in: 0...StateSchema.names.count - 1)])
        let tables = schema.tables.keys.sorted()
        switch random.number(in: 0...9) {
        case 0...2: takeColumn(tables)
        case 3: takeTable(tables)
        case 4...6: addColumn(of: donor, tables)
        case 7: addTable(of: donor)
        case 8: addUnknownColumn(tables)
        default: addUnknownTable()
        }
    }

    private mutating func takeColumn(_ tables: [String]) {
        // Django has no table without a primary key.
        guard let table = pick(tables),
            let column = pick(
                schema.tables[table]?.columns.filter { !$0.declaration.contains("PRIMARY KEY") }.map(\.name) ?? []),
            schema.tables[table]?.columns.count ?? 0 > 2
        else { return }
        schema.tables[table]?.columns.removeAll { $0.name == column }
        schema.tables[table]?.constraints.removeAll { $0.contains("\"\(column)\"") }
        unknownColumns.remove("\(table).\(column)")
        changes.append("without \(table).\(column)")
    }

    private mutating func takeTable(_ tables: [String]) {
        guard let table = pick(tables) else { return }
        schema.tables[table] = nil
        unknownColumns = unknownColumns.filter { !$0.hasPrefix(table + ".") }
        unknownTables.remove(table)
        changes.append("without \(table)")
    }

    private mutating func addColumn(of donor: StateSchema, _ tables: [String]) {
        let more = tables.flatMap { table in
            (donor.tables[table]?.columns ?? []).filter { !schema.has(table, $0.name) }.map { (table, $0) }
        }
        guard let (table, column) = pick(more) else { return }
        schema.tables[table]?.columns.append(column)
        changes.append("with \(table).\(column.name)")
    }

    private mutating func addTable(of donor: StateSchema) {
        guard let table = pick(donor.tables.keys.filter { !schema.has($0) }.sorted()) else { return }
        schema.tables[table] = donor.tables[table]
        changes.append("with \(table)")
    }

    private mutating func addUnknownColumn(_ tables: [String]) {
        guard let table = pick(tables), !schema.has(table, "blocked") else { return }
        schema.tables[table]?.columns.append(("blocked", "\"blocked\" bool NOT NULL DEFAULT 1"))
        unknownColumns.insert("\(table).blocked")
        changes.append("with unknown \(table).blocked")
    }

    private mutating func addUnknownTable() {
        if random.number(in: 0...3) == 0, !schema.has("wireguard_peerblock") {
            schema.tables["wireguard_peerblock"] = StateSchema.Table(
                columns: [("public_key", "\"public_key\" text PRIMARY KEY")], constraints: [])
            unknownColumns.insert("wireguard_peerblock.public_key")
            changes.append("with unknown wireguard_peerblock")
            return
        }
        let parents = [("wireguard_peer", "uuid"), ("wireguard_wireguardinstance", "uuid"), ("auth_user", "id")]
        guard let (parent, key) = pick(parents), !schema.has("billing_\(parent)") else { return }
        schema.tables["billing_\(parent)"] = StateSchema.Table(
            columns: [
                ("id", "\"id\" integer PRIMARY KEY"), ("its", "\"its\" NOT NULL REFERENCES \"\(parent)\" (\"\(key)\")"),
            ], constraints: [])
        unknownTables.insert("billing_\(parent)")
        changes.append("with unknown billing_\(parent)")
    }
}

@Suite("A database between the known states of the schema")
struct SchemaPropertyTests {
    private static let isLong = ProcessInfo.processInfo.environment["WG_RECONCILE_LONG_TESTS"] == "1"

    @Test("is recognised rightly, or refused by name")
    func betweenStates() throws {
        var (accepted, refused) = (0, 0)
        for seed in 1...(Self.isLong ? 3_000 : 80) as ClosedRange<UInt64> {
            let random = try RandomSchema(seed: seed, changes: Int(1 + seed % 4))
            if try isAccepted(random, "seed \(seed): \(random.description)") { accepted += 1 } else { refused += 1 }
        }
        // Neither is so rare that the other says nothing.
        #expect(accepted > 15 && refused > 15, "\(accepted) accepted, \(refused) refused")
    }

    private func isAccepted(_ random: RandomSchema, _ context: String) throws -> Bool {
        var isAccepted = false
        try withBench { bench in
            try random.schema.create(at: bench.database)
            do {
                _ = try ControlPlaneDatabase(opening: bench.database, busyTimeout: 1)
            } catch let failure as DatabaseFailure {
                try expectReason(failure, random, context)
                return
            }
            isAccepted = true
            #expect(
                random.unknownColumns.allSatisfy { !Self.isGuarded($0) }, "accepted with unknown columns: \(context)")
            try expectRightRun(on: bench, random, context)
        }
        return isAccepted
    }

    /// Written down apart from the program's own list.
    private static func isGuarded(_ column: String) -> Bool {
        [
            "firewall_", "routing_templates_", "wireguard_peer.", "wireguard_peerallowedip.", "wireguard_peergroup_",
            "wireguard_wireguardinstance.", "wireguard_peerblock.", "wireguard_peergroup.",
            "wireguard_webadminsettings.",
            "user_manager_useracl.", "user_manager_useracl_peer_groups.", "scheduler_peerscheduling.",
            "scheduler_scheduleprofile.", "scheduler_scheduleslot.",
            "api_v2_apikey_allowed_instances.",
        ].contains { column.hasPrefix($0) }
    }

    /// Each thing that the refusal names is so, and of its kind there is none that it does not name.
    private func expectReason(_ failure: DatabaseFailure, _ random: RandomSchema, _ context: String) throws {
        guard case .unknownSchema(let reason) = failure.reason else {
            Issue.record("\(failure) \(context)")
            return
        }
        #expect(failure.exitStatus == .databaseUnusable)
        #expect(
            Set(reason.difference.unknown.map(\.description)).isSubset(
                of: random.unknownColumns.filter(Self.isGuarded)),
            "\(context)")
        for missing in reason.difference.missing {
            if let match = missing.firstMatch(of: #/^column (\w+)\.(\w+)$/#) {
                #expect(random.schema.has(String(match.1)) && !random.schema.has(String(match.1), String(match.2)))
            } else if let match = missing.firstMatch(of: #/^table (\w+)/#) {
                #expect(!random.schema.has(String(match.1)), "\(missing): \(context)")
            } else {
                Issue.record("\(missing): \(context)")
            }
        }
        #expect(!reason.difference.isEmpty, "\(context)")
        // What came and went with the releases is no reason.
        for missing in reason.difference.missing where missing.hasPrefix("column ") {
            let name = String(missing.dropFirst("column ".count))
            let table = String(name.prefix { $0 != "." })
            let column = String(name.dropFirst(table.count + 1))
            let isAlwaysThere = KnownState.all.allSatisfy { $0.columns[table]?.contains(column) ?? true }
            let isExpected = isAlwaysThere || isImplied(table, column, random) || isOfASchedule(table, column, random)
            #expect(isExpected, "\(missing): \(context)")
        }
    }

    /// Whether the database has another column that no known state has without this one.
    private func isImplied(_ table: String, _ column: String, _ random: RandomSchema) -> Bool {
        random.schema.tables.contains { other, content in
            content.columns.contains { present in
                let states = KnownState.all.filter { $0.columns[other]?.contains(present.name) == true }
                return !states.isEmpty && states.allSatisfy { $0.columns[table]?.contains(column) == true }
            }
        }
    }

    /// Whether the column says that a schedule switches a peer off, in a database with schedules or suspended peers.
    private func isOfASchedule(_ table: String, _ column: String, _ random: RandomSchema) -> Bool {
        let hasSchedule =
            random.schema.has("wireguard_peer", "suspended")
            || random.schema.tables.keys.contains { $0.hasPrefix("scheduler_") }
        return table == "wireguard_peer" && column == "disabled_by_schedule" && hasSchedule
    }

    private func expectRightRun(on bench: Bench, _ random: RandomSchema, _ context: String) throws {
        let run = try StateRun(on: bench)
        if let table = random.unknownTables.sorted().first {
            let key = table == "billing_auth_user" ? "\(run.sample.annsUser)" : nil
            let uuid = table == "billing_wireguard_peer" ? run.sample.annsKeys[1] : run.sample.annsKeys[0]
            try bench.execute("INSERT INTO \(table) (its) VALUES (\(key ?? "'\(uuid)'"))")
            try StateRun.expectRefusal(on: bench, naming: "billing_", context)
            try expectBarredPeers(of: run, random, context)
            return
        }
        let lacksKeyColumns =
            random.schema.has("api_v2_apikey_allowed_instances")
            && !["id", "name", "enabled"].allSatisfy { random.schema.has("api_v2_apikey", $0) }
        if lacksKeyColumns {
            try StateRun.expectRefusal(on: bench, naming: "api_v2_apikey", context)
            try expectBarredPeers(of: run, random, context)
            return
        }
        if random.isOfForkAndLaterUpstream {
            let failure = #expect(throws: DatabaseFailure.self, "\(context)") { try bench.run([StateSample.ann]) }
            #expect(failure?.cause.contains("not known together") == true, "\(context)")
            return
        }
        try expectGeneration(on: bench, random, context)
        try run.expectWholeRemoval(context)
        try expectBarredPeers(of: run, random, context)
    }

    /// Nobody whom the database bars gets a tunnel by a run: one peer is suspended, one is out of its hours.
    private func expectBarredPeers(of run: StateRun, _ random: RandomSchema, _ context: String) throws {
        let barring = StateSample.stops.map(\.0).filter { random.schema.has("wireguard_peer", $0) }
        #expect(Set(run.sample.bobsPeers.keys) == Set(barring + [""]), "\(context)")
        try run.expectBarredPeers(context)
    }

    /// Without a script, whatever layout the configs have: routes that the database enforces are enforced, and the layout
    /// is not an older one.
    private func expectGeneration(on bench: Bench, _ random: RandomSchema, _ context: String) throws {
        let capabilities = try bench.work { try SchemaCapabilities(reading: $0.db) }
        let (old, new) = (
            "[Interface]\nPrivateKey = x\nPostUp = \nPostDown = ", "[Interface]\nPrivateKey = x\n\n# Peer: a\n[Peer]\n"
        )
        let enforcesRoutes =
            random.schema.has("wireguard_wireguardinstance", "enforce_route_policy")
            || random.schema.has("routing_templates_routingtemplate", "enforce_route_policy")
                && random.schema.has("wireguard_peer", "routing_template_id")
        for configs in [[], [old], [new]] {
            let evidence = ConfigEvidence(configs.map { Array($0.utf8) })
            let learnt = LearntOutput(.none, evidence, capabilities, mtu: nil)
            #expect(learnt.generation.firewall.routePolicy != nil || !enforcesRoutes, "\(context)")
            // A release that limits peers to their routes does so by columns that are there.
            #expect(learnt.generation.firewall.routePolicy == nil || enforcesRoutes, "\(context)")
            if random.schema.has("wireguard_peer", "suspended") {
                #expect(learnt.generation.firewall.clientGuard != nil, "\(context)")
                #expect(configs == [old] || learnt.layout.namesPeers, "\(context)")
            }
            if configs == [old] { #expect(learnt.layout.keepsEmptyCommands, "\(context)") }
        }
        // Configs of a later release than the tables are refused, and never rewritten in an older layout.
        try bench.put(new, at: "wg1.conf")
        let database = try ControlPlaneDatabase(opening: bench.database, busyTimeout: 1)
        do {
            let learnt = try LearntOutput(in: OpenFolder(bench.wireguard), of: database, mtu: nil)
            #expect(learnt.layout.namesPeers, "\(context)")
        } catch let failure as DatabaseFailure {
            #expect(failure.cause.contains("column wireguard_peer.suspended"), "\(context)")
            #expect(!random.schema.has("wireguard_peer", "suspended"), "\(context)")
        }
    }
}
