/// The wireguard_webadmin schema of samples. It is compiled in, so that a single binary can make a sample.
package enum SampleSchema {
    /// `fixtures/schema/2025.sql`: tables, indexes, and the row that Django itself inserts.
    package static var year2025: String {
        String(decoding: PackageResources.schema_2025_sql, as: UTF8.self)
    }
}
