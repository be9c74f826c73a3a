import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane

@Suite("In every state of the application's schema")
struct EveryStateTests {
    @Test("there are as many as there were")
    func count() { #expect(StateSchema.names.count == 35) }

    @Test("an account is removed with everything that refers to it", arguments: StateSchema.names)
    func removed(state: String) throws {
        try withBench { bench in
            try StateSchema(state).create(at: bench.database)
            let run = try StateRun(on: bench)
            try expectEveryReference(run.sample, bench)
            try run.expectWholeRemoval(state)
        }
    }

    /// Every foreign key to a table from which something goes has a row that uses it: the sample leaves none out.
    private func expectEveryReference(_ sample: StateSample, _ bench: Bench) throws {
        let image = try bench.image()
        let references = image.references.filter { Cascade.tables.contains($0.parent) }
        #expect(references.count >= 14)
        for reference in references {
            #expect(
                try bench.count(reference.table, where: "\(reference.column) IS NOT NULL") > 0,
                "no row of \(reference.table) has a \(reference.column)")
        }
    }

    @Test("every reference to a row that goes is the cascade's", arguments: StateSchema.names)
    func noUnknownReference(state: String) throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try StateSchema(state).create(in: db)
            #expect(try ControlPlaneSchema(of: db, at: "it", accepting: []).unknownReferences == [])
        }
    }

    @Test("the message knows it by its name", arguments: StateSchema.names)
    func isNearest(state: String) throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try StateSchema(state).create(in: db)
            let capabilities = try SchemaCapabilities(reading: db)
            let nearest = try #require(KnownState.nearest(to: capabilities))
            #expect(nearest.distance.columns == 0)
            // Some states differ in types and indexes alone.
            #expect(nearest.state.columns == KnownState.all.first { $0.name == state }?.columns)
        }
    }

    @Test("known-states.txt is what fixtures/schema says")
    func knownStates() throws {
        #expect(KnownState.all.map(\.name).sorted() == StateSchema.names)
        #expect(String(decoding: PackageResources.known_states_txt, as: UTF8.self) == (try Self.listing()))
    }

    /// To be written to `Sources/ControlPlane/Schema/known-states.txt` where a state is added.
    private static func listing() throws -> String {
        let states = try StateSchema.names.map { (name: $0, schema: try StateSchema($0)) }.sorted { one, other in
            (one.name.split(separator: "-").dropFirst().joined(), one.name)
                < (other.name.split(separator: "-").dropFirst().joined(), other.name)
        }
        var columns: [String: [String: [String]]] = [:]
        let all = Set(
            states.flatMap { $0.schema.tables.flatMap { table in table.value.columns.map { [table.key, $0.name] } } })
        for place in all.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let digits = states.map { $0.schema.has(place[0], place[1]) ? "1" : "0" }.joined()
            columns[place[0], default: [:]][digits, default: []].append(place[1])
        }
        let lines = columns.flatMap { table, groups in
            groups.map { "\(table) \($0.key) \($0.value.joined(separator: " "))" }
        }
        return ([states.map(\.name).joined(separator: " ")] + lines.sorted()).map { $0 + "\n" }.joined()
    }
}
