import Support

/// The option whose name is closest to an unknown one.
struct NearestName {
    private let option: OptionName
    /// Whether the difference is so small that this option was probably meant.
    private let isClose: Bool

    init(to unknown: some StringProtocol, among known: [OptionName]) {
        let spelling = Self.plain(unknown)
        let distances = known.map { ($0, EditDistance.between(spelling, Self.plain($0.rawValue))) }
        // There is always a minimum. The default of `feed` is never used.
        let (option, distance) = distances.min { $0.1 < $1.1 } ?? (.feed, .max)
        self.option = option
        isClose = distance <= max(2, spelling.count / 3)
    }

    /// What to do about the unknown name.
    ///
    /// - Parameter name: The option's spelling in the place where the unknown name is.
    func hint(_ name: (OptionName) -> String) -> String {
        isClose
            ? "did you mean \(name(option))?"
            : "the nearest known one is \(name(option)); `wg-reconcile help run` lists them all"
    }

    /// `Report_Dir` and `report-dir` count as the same spelling.
    private static func plain(_ name: some StringProtocol) -> [Character] {
        name.lowercased().map { $0 == "_" ? "-" : $0 }
    }
}
