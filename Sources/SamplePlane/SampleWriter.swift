import GRDB
import Support

/// Writes the rows of a sample. This file sets their order, and each extension covers one subject.
///
/// Every statement is cached by GRDB and prepared only once, however many rows there are.
struct SampleWriter {
    let db: Database
    let sample: SampleControlPlane
    var random: SplitMix64
    var inventory = SampleInventory()
    /// Group, user and platform rows that accounts refer to.
    var supportGroupUUID = ""
    var administratorID: Int64 = 0
    /// An instance's `instance_id`, address and port are derived from it.
    var nextInstanceNumber = 0
    var nextRedirectPort = 8_000

    init(db: Database, sample: SampleControlPlane) {
        self.db = db
        self.sample = sample
        random = SplitMix64(seed: sample.seed)
    }

    /// - Parameter progress: called with the accounts that are written, now and then.
    mutating func writeAll(progress: (_ done: Int, _ total: Int) -> Void) throws {
        try writePlatform()
        for number in 0..<max(0, sample.accounts) {
            try writeAccount(number)
            if number % 64 == 63 { progress(number + 1, sample.accounts) }
        }
        try writeFirewall()
        try writeSessions()
    }

    /// Inserts one row with a cached statement.
    func insert(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// A random time within this range of days before the sample was made, to the microsecond.
    mutating func moment(withinDays days: ClosedRange<Int>) -> UTCTime {
        let seconds = random.number(in: days.lowerBound * 86_400...days.upperBound * 86_400)
        return UTCTime(
            seconds: sample.now.seconds - Int64(seconds),
            nanoseconds: Int32(random.number(in: 0...999_999)) * 1_000)
    }
}
