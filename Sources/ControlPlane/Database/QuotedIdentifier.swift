extension String {
    /// This name, quoted for SQL: in double quotes, with each double quote inside it doubled.
    ///
    /// GRDB's `quotedDatabaseIdentifier` does not double the quotes inside a name.
    package var quotedIdentifier: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
