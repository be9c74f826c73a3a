/// The sizes of everything that is measured.
struct Scale {
    /// Instances with five peers each, login sessions, and accounts that the feed removes.
    struct ControlPlane: Hashable {
        var instances: Int
        var sessions: Int
        var accounts: Int
    }

    /// Whether this is the size that the goals are set for.
    var isFull: Bool
    var rounds: Int
    var usual: ControlPlane
    var small: ControlPlane
    var large: ControlPlane
    /// How many accounts the Python script gets; all of them would take hours.
    var scriptedAccounts: Int
    var decodedSessions: Int
    /// The entries of the large feed, and how many of them are in the database.
    var feedEntries: Int
    var knownEntries: Int
    /// How many configs are compared, and how many are rewritten.
    var configs: Int
    var writtenConfigs: Int
    var reportEntries: Int

    static let full = Scale(
        isFull: true, rounds: 5,
        usual: ControlPlane(instances: 20_000, sessions: 50_000, accounts: 5_000),
        small: ControlPlane(instances: 2_000, sessions: 5_000, accounts: 500),
        large: ControlPlane(instances: 60_000, sessions: 150_000, accounts: 15_000),
        scriptedAccounts: 5, decodedSessions: 200_000, feedEntries: 1_000_000, knownEntries: 5_000, configs: 15_700,
        writtenConfigs: 1_000, reportEntries: 1_000_000)

    static let quick = Scale(
        isFull: false, rounds: 1,
        usual: ControlPlane(instances: 400, sessions: 1_000, accounts: 100),
        small: ControlPlane(instances: 200, sessions: 500, accounts: 50),
        large: ControlPlane(instances: 800, sessions: 2_000, accounts: 200),
        scriptedAccounts: 5, decodedSessions: 1_000, feedEntries: 10_000, knownEntries: 100, configs: 200,
        writtenConfigs: 50, reportEntries: 10_000)
}
