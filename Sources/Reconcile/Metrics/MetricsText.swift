/// Metrics in Prometheus text format (exposition format 0.0.4), as node_exporter's textfile collector reads it.
///
/// Every metric is a gauge, because a job that ends has nothing to count up. No sample has a timestamp, which the
/// collector would refuse.
struct MetricsText {
    private(set) var text = ""

    /// A metric with one sample, or none where there is no value.
    mutating func gauge(_ name: String, _ help: String, _ value: Double?) {
        guard let value else { return }
        head(name, help)
        text += "\(name) \(Self.spelled(value))\n"
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int) { gauge(name, help, Double(value)) }

    /// A metric with one sample for each value of a label. The values are the program's own words and need no escapes.
    mutating func gauge(_ name: String, _ help: String, by label: String, _ values: [(String, Int)]) {
        guard !values.isEmpty else { return }
        head(name, help)
        for (key, value) in values { text += "\(name){\(label)=\"\(key)\"} \(value)\n" }
    }

    private mutating func head(_ name: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
    }

    private static func spelled(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
    }

    /// The value of a metric without labels in such a text.
    ///
    /// - Returns: nil unless exactly one line is a sample of it, with a number.
    static func value(of name: String, in text: String) -> Double? {
        let samples = text.split(separator: "\n").filter { $0.hasPrefix(name + " ") }
        guard samples.count == 1, let value = Double(samples[0].dropFirst(name.count + 1)), value.isFinite else {
            return nil
        }
        return value
    }
}
