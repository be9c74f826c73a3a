/// One figure, measured several times.
struct Series {
    var values: [Double] = []

    init(_ values: [Double] = []) { self.values = values }

    mutating func add(_ value: Double) { values.append(value) }

    var median: Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The value below which this share of all values lies.
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    var largest: Double { values.max() ?? .nan }
}

/// Several figures, each measured several times.
struct SeriesByName {
    private var series: [String: Series] = [:]

    mutating func add(_ figures: Figures) {
        for (name, value) in figures { series[name, default: Series()].add(value) }
    }

    /// The median of one figure.
    subscript(_ name: String) -> Double { series[name]?.median ?? .nan }
}
