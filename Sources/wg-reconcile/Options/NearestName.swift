import Support

/// The known name that is closest to an unknown one.
struct NearestName {
    let name: String
    /// Whether the difference is so small that this name was probably meant.
    let isClose: Bool

    /// - Returns: nil where nothing is known.
    init?(to unknown: some StringProtocol, among known: [String]) {
        let spelling = Self.plain(unknown)
        let distances = known.map { ($0, EditDistance.between(spelling, Self.plain($0))) }
        guard let (name, distance) = distances.min(by: { $0.1 < $1.1 }) else { return nil }
        self.name = name
        isClose = distance <= max(2, spelling.count / 3)
    }

    /// `Report_Dir` and `report-dir` count as the same spelling.
    private static func plain(_ name: some StringProtocol) -> [Character] {
        name.lowercased().map { $0 == "_" ? "-" : $0 }
    }
}
