extension String {
    /// A name of the schema as SQL takes any name: in double quotes, those within it doubled.
    ///
    /// GRDB's `quotedDatabaseIdentifier` leaves a quote within the name as it is.
    package var quotedIdentifier: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
