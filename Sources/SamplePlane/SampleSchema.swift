/// The schema of wireguard_webadmin that a sample is made with, compiled into the program, so that a single binary can
/// make one.
enum SampleSchema {
    /// `fixtures/schema/2025.sql`: tables, indexes, and the row that Django itself puts in.
    static var year2025: String {
        String(decoding: PackageResources.schema_2025_sql, as: UTF8.self)
    }
}
