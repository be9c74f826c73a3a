import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

/// A run that removes Ann from a ``StateSample``, and what has to be true after it in every state.
struct StateRun {
    let bench: Bench
    let sample: StateSample
    private let before: DatabaseImage
    private let places: SchemaCapabilities

    init(on bench: Bench) throws {
        self.bench = bench
        (sample, places) = try bench.work { plane in
            (try StateSample(in: plane), try SchemaCapabilities(reading: plane.db))
        }
        before = try bench.image()
    }

    /// - Parameter context: what a failure is told with.
    func expectWholeRemoval(_ context: String, accepting columns: Set<AcceptedColumn> = []) throws {
        try bench.put("", at: "wg1.conf")
        let finished = try bench.run([StateSample.ann]) { $0.acceptedColumns = columns }
        #expect(finished.exitStatus == .success, "\(context)")
        #expect(finished.outcomes == [.removed], "\(context): \(finished.results.flatMap(\.errors))")
        #expect(finished.record.configs.regenerated, "\(context)")
        #expect(finished.record.danglingReferences == [], "\(context)")
        try expectNothingOfAnn(context)
        try expectBobAsBefore(context)
        try expectNobodyGained(context)
        try expectConfigs(context)
    }

    /// A run that leaves Ann where she is, and everything else.
    static func expectRefusal(on bench: Bench, naming name: String, _ context: String) throws {
        let before = try bench.image()
        let finished = try bench.run([StateSample.ann])
        #expect(finished.outcomes == [.refused], "\(context)")
        #expect(finished.results[0].errors.first?.contains(name) == true, "\(context): \(finished.results[0].errors)")
        #expect(try bench.image().withoutJournal.changes(since: before) == [], "\(context)")
    }

    private func expectNothingOfAnn(_ context: String) throws {
        let after = try bench.image().withoutJournal
        #expect(after.danglingRows == 0, "\(context)")
        let keys = Set(sample.annsKeys.map { "'\($0)'" })
        for (table, rows) in after.rows {
            let left = rows.filter { !keys.isDisjoint(with: $0) }
            #expect(left.isEmpty, "\(context): \(table) \(left)")
        }
        for reference in after.references where reference.parent == "auth_user" {
            #expect(
                try bench.count(reference.table, where: "\(reference.column) = \(sample.annsUser)") == 0,
                "\(context): \(reference.table)")
        }
    }

    /// Every row with one of Bob's keys and none of Ann's is there as it was.
    private func expectBobAsBefore(_ context: String) throws {
        let after = try bench.image()
        let (anns, bobs) = (Set(sample.annsKeys.map { "'\($0)'" }), Set(sample.bobsKeys.map { "'\($0)'" }))
        for (table, rows) in before.rows {
            let kept = rows.filter { !bobs.isDisjoint(with: $0) && anns.isDisjoint(with: $0) }
            #expect(after.rows[table]?.isSuperset(of: kept) == true, "\(context): \(table)")
        }
    }

    private func expectNobodyGained(_ context: String) throws {
        // One rule had Ann's peer alone for its source.
        #expect(try bench.count("firewall_firewallrule") == 1, "\(context)")
        if places.limitsUsersToPeerGroups {
            let free = "SELECT count(*) FROM user_manager_useracl WHERE uuid NOT IN (\(Self.limited))"
            #expect(try bench.strings(free) == ["0"], "\(context)")
        }
        if places.limitsAPIKeysToInstances {
            #expect(
                try bench.strings("SELECT name FROM api_v2_apikey WHERE enabled") == ["bob@example.com"], "\(context)")
        }
    }

    private static let limited = "SELECT useracl_id FROM user_manager_useracl_peer_groups"

    private func expectConfigs(_ context: String) throws {
        #expect(try bench.configNames() == ["wg2.conf"], "\(context)")
        try expectBarredPeers(context)
    }

    /// A peer that the database bars is in no config, and Bob's other one is in his, whatever became of Ann.
    func expectBarredPeers(_ context: String) throws {
        let configs = try bench.configNames().filter { $0.hasSuffix(".conf") }.map(bench.config).joined()
        #expect(configs.contains("PublicKey = BOB=\n"), "\(context)")
        for (column, key) in sample.bobsPeers where !column.isEmpty {
            #expect(!configs.contains("PublicKey = \(key)\n"), "\(context): \(key)")
        }
    }
}
