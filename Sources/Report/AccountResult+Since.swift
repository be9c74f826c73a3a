import Journal
import Support

extension AccountResult {
    /// Since when the account has needed attention, in a word or two: `new`, `since 24 Nov`. nil if that is not known.
    ///
    /// - Parameter time: When the run began.
    package func since(at time: UTCTime) -> String? {
        isFirstSeenNow ? "new" : firstSeen.map { "since " + $0.dayForReading(at: time) }
    }
}

extension UTCTime {
    /// `24 Nov`, and `24 Nov 2025` where that day is so long before `now` that the year would be a guess.
    func dayForReading(at now: UTCTime) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = date.split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1), let day = Int(parts[2])
        else { return date }
        let isLongAgo = now.seconds - seconds > 300 * 86_400
        return "\(day) \(months[month - 1])" + (isLongAgo ? " \(parts[0])" : "")
    }
}
