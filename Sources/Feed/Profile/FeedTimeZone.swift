import Foundation
import Support

/// The time zone of dates and of times without an offset.
package struct FeedTimeZone: Hashable, Sendable {
    /// The name in the IANA database.
    package let name: String
    /// Nil for UTC.
    private let zone: TimeZone?

    package static let utc = FeedTimeZone(name: "UTC", zone: nil)

    private init(name: String, zone: TimeZone?) { (self.name, self.zone) = (name, zone) }

    /// Nil for a name that is not in the IANA database, such as an abbreviation.
    package init?(_ name: String) {
        if name == "UTC" {
            self = .utc
            return
        }
        guard name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        self.init(name: name, zone: zone)
    }

    /// The point in time at which clocks in the zone show `local`, which is given as if it were UTC.
    ///
    /// If clocks show that time twice, the later one, so that no account is removed too early. If clocks skip it, the time
    /// that they would show had they not been put forward.
    func time(ofLocal local: UTCTime) -> UTCTime {
        guard let zone else { return local }
        let offsets = [-86_400, 86_400].map { distance in
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(local.seconds + distance))))
        }
        let candidates = offsets.map { local.adding(seconds: -$0) }
        let exact = candidates.filter { candidate in
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(candidate.seconds))))
                == local.seconds - candidate.seconds
        }
        return exact.max() ?? candidates[0]
    }
}
