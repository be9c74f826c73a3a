import Foundation
import Testing

/// Workers restart every interface each time that they are told. So they are told once of what no night can change,
/// and again when somebody has mended it.
@Suite("Program: a config that cannot be changed, where the application runs a cluster")
struct ClusterImmutableTests {
    private static let obstacle = ImmutableFile.obstacle
    private static let (ann, nobody) = ("user00001@example.com", "nobody@example.com")

    /// - Returns: the version after a run.
    private func night(_ email: String, _ cluster: ClusterFolder) throws -> Int {
        _ = try cluster.start([email]).end(within: 60)
        let version = try cluster.strings("SELECT CAST(config_version AS TEXT) FROM cluster_clustersettings")
        return try #require(version.first.flatMap(Int.init))
    }

    private func isMarked(_ cluster: ClusterFolder) throws -> Bool {
        try cluster.strings("SELECT CAST(export_changed AS TEXT) FROM wg_reconcile_cluster") == ["1"]
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `a removed config that cannot be deleted is told once, and again when somebody has deleted it`() throws {
        let cluster = try ClusterFolder()
        let first = try night(Self.nobody, cluster)
        let config = cluster.wireguard + "/wg1.conf"
        try ImmutableFile.with(config) { () throws in
            #expect(try night(Self.ann, cluster) == first + 1)
            #expect(try night(Self.ann, cluster) == first + 1)
            #expect(try night(Self.nobody, cluster) == first + 1)
            #expect(try isMarked(cluster))
        }
        try FileManager.default.removeItem(atPath: config)
        #expect(try night(Self.nobody, cluster) == first + 2)
        #expect(try !isMarked(cluster))
        #expect(try night(Self.nobody, cluster) == first + 2)
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `a config that stays and cannot be replaced is told once, and again when it is replaced`() throws {
        let cluster = try ClusterFolder()
        let first = try night(Self.nobody, cluster)
        let config = cluster.wireguard + "/wg5.conf"
        try "# edited by hand\n".write(toFile: config, atomically: false, encoding: .utf8)
        try ImmutableFile.with(config) { () throws in
            #expect(try night(Self.nobody, cluster) == first + 1)
            #expect(try night(Self.nobody, cluster) == first + 1)
        }
        #expect(try night(Self.nobody, cluster) == first + 2)
        #expect(try night(Self.nobody, cluster) == first + 2)
    }
}
