/// How different two names are.
package enum EditDistance {
    /// The number of letters to insert, delete, replace, or swap with the next one, to turn one name into the other.
    package static func between(_ a: [Character], _ b: [Character]) -> Int {
        // Three rows of the table of distances between prefixes; `two` is the row of two letters back in `a`.
        var (two, one) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(one[j + 1] + 1, row[j] + 1, one[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, two[j - 1] + 1) }
                row.append(best)
            }
            (two, one) = (one, row)
        }
        return one[b.count]
    }
}
