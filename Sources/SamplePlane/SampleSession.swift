import CZlib
import Foundation
import Support

/// A made-up login session, and its text in `django_session.session_data`.
///
/// The text has the form of Django's `signing.dumps`: JSON in URL-safe base64 without padding, then `:`, the time in
/// base 62, `:` and a signature. If compression makes the JSON shorter, it is compressed and marked with a leading `.`.
/// The signature is made up, because only the application could check it.
package struct SampleSession {
    /// The members of the JSON object, each as JSON text.
    private var members: [String]
    private let compresses: Bool

    /// Draws a random session; it is anonymous if `owner` is nil. Some sessions contain another user's id in a place
    /// where a careless search for `_auth_user_id` would take it for the owner.
    package init(owner: Int64?, stranger: Int64, using random: inout SplitMix64) {
        members = []
        let decoy = "{\"_auth_user_id\":\"\(stranger)\"}"
        if random.oneIn(6) { members.append("\"wizard\":{\"step\":2,\"previous\":\(decoy)}") }
        if random.oneIn(8) { members.append("\"peer_filter\":\"\(random.hex(random.number(in: 200...3_000)))\"") }
        if let owner {
            members.append("\"_auth_user_id\":\"\(owner)\"")
            members.append("\"_auth_user_backend\":\"django.contrib.auth.backends.ModelBackend\"")
            members.append("\"_auth_user_hash\":\"\(random.hex(64))\"")
        } else {
            members.append("\"_csrftoken\":\"\(random.text(32, of: Alphabet.base62))\"")
        }
        if random.oneIn(6) { members.append("\"note\":\"\\\"_auth_user_id\\\":\\\"\(stranger)\\\" \\u00fc\"") }
        // Django always tries to compress, but also reads uncompressed sessions.
        compresses = !random.oneIn(8)
    }

    /// The JSON text.
    var json: String { "{" + members.joined(separator: ",") + "}" }

    /// The text of `session_data`, signed at `time`.
    package func encoded(at time: UTCTime, using random: inout SplitMix64) -> String {
        let plain = Array(json.utf8)
        var value = Self.base64URL(plain)
        if compresses, let packed = Self.deflated(plain), packed.count < plain.count - 1 {
            value = "." + Self.base64URL(packed)
        }
        return value + ":" + Self.base62(time.seconds) + ":" + random.text(43, of: Alphabet.base64URL)
    }

    /// Compresses with zlib at its default level. If that fails, returns nil and the session stays uncompressed.
    private static func deflated(_ plain: [UInt8]) -> [UInt8]? {
        var packed = [UInt8](repeating: 0, count: Int(compressBound(uLong(plain.count))))
        var count = uLongf(packed.count)
        guard compress(&packed, &count, plain, uLong(plain.count)) == Z_OK else { return nil }
        return Array(packed.prefix(Int(count)))
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        var text = Data(bytes).base64EncodedString()
        text.replace("+", with: "-")
        text.replace("/", with: "_")
        return String(text.prefix { $0 != "=" })
    }

    private static func base62(_ number: Int64) -> String {
        var rest = number.magnitude
        var digits: [UInt8] = []
        repeat {
            digits.append(Alphabet.base62[Int(rest % 62)])
            rest /= 62
        } while rest > 0
        return (number < 0 ? "-" : "") + String(decoding: digits.reversed(), as: UTF8.self)
    }
}
