import Foundation
import Report

/// A table of the comparison, as it is printed.
struct Table {
    private struct Row {
        var label: String
        var value: String
        var ratio = ""
        var goal = ""
    }

    private let title: String
    /// Goals are judged only at the size that they are set for.
    private let judges: Bool
    private var rows: [Row] = []
    private var notes: [String] = []

    init(_ title: String, at scale: Scale) {
        self.title = title
        judges = scale.isFull
    }

    /// A figure without a goal.
    mutating func row(_ label: String, _ value: String, ratio: String = "") {
        rows.append(Row(label: label, value: value, ratio: ratio))
    }

    /// A figure that should be no larger than its goal; both have the same unit.
    ///
    /// - Parameter judged: The value to compare with the goal.
    mutating func row(_ label: String, _ value: String, ratio: String = "", judged: Double, atMost goal: Double) {
        let verdict = "at most \(plain(goal)): \(judged <= goal ? "reached" : "MISSED")"
        rows.append(Row(label: label, value: value, ratio: ratio, goal: judges ? verdict : ""))
    }

    mutating func row(_ label: String, _ value: String, ratio: String = "", judged: Double, atLeast goal: Double) {
        let verdict = "at least \(plain(goal)): \(judged >= goal ? "reached" : "MISSED")"
        rows.append(Row(label: label, value: value, ratio: ratio, goal: judges ? verdict : ""))
    }

    mutating func note(_ text: String) { notes.append(text) }

    var text: String {
        func width(_ cell: KeyPath<Row, String>) -> Int { rows.map { $0[keyPath: cell].count }.max() ?? 0 }
        let (labels, values, ratios) = (width(\.label), width(\.value), width(\.ratio))
        let lines = rows.map { row in
            let line =
                "  " + row.label.padding(toLength: labels, withPad: " ", startingAt: 0) + "  "
                + String(repeating: " ", count: values - row.value.count) + row.value + "  "
                + String(repeating: " ", count: ratios - row.ratio.count) + row.ratio + "  " + row.goal
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return ([title] + lines + notes.map { "  " + $0 }).joined(separator: "\n")
    }

    private func plain(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(format: "%.1f", number)
    }
}

extension Double {
    /// The value as a time in milliseconds.
    var asTime: String { self < 10 ? String(format: "%.2f ms", self) : "\(Int(rounded())) ms" }

    var asMegabytes: String { "\(Int(rounded())) MB" }

    /// The value as a ratio.
    var asRatio: String { self < 100 ? String(format: "%.2f ×", self) : "\(Int(rounded())) ×" }
}
