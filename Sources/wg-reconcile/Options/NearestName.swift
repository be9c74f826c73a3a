import Support

/// The option whose name is nearest to one that no option has.
struct NearestName {
    private let option: OptionName
    /// Whether it differs by so little that it is what was meant.
    private let isClose: Bool

    init(to unknown: some StringProtocol, among known: [OptionName]) {
        let spelling = Self.plain(unknown)
        let distances = known.map { ($0, EditDistance.between(spelling, Self.plain($0.rawValue))) }
        // There is always one; the feed stands in for none.
        let (option, distance) = distances.min { $0.1 < $1.1 } ?? (.feed, .max)
        self.option = option
        isClose = distance <= max(2, spelling.count / 3)
    }

    /// What to do about the unknown name.
    ///
    /// - Parameter name: how the option is called where the unknown name stands.
    func hint(_ name: (OptionName) -> String) -> String {
        isClose
            ? "did you mean \(name(option))?"
            : "the nearest known one is \(name(option)); `wg-reconcile help run` lists them all"
    }

    /// `Report_Dir` and `report-dir` are one spelling.
    private static func plain(_ name: some StringProtocol) -> [Character] {
        name.lowercased().map { $0 == "_" ? "-" : $0 }
    }
}
