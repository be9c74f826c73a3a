/// Reads whose a Django session is.
///
/// `session_data` is `<payload>:<time>:<signature>`. The payload is URL-safe base64 without padding of a JSON object; a
/// leading `.` says that the JSON was compressed with zlib first. The user's id is the value of `_auth_user_id` at the
/// top of the object, as text. (Django 4 and 5, `django.core.signing.dumps` and `contrib.auth.login`.)
///
/// The signature is not checked: that takes the application's secret key, and a forged session of a user who is being
/// removed may go as well.
struct SessionDecoder {
    enum Owner: Hashable {
        case user(Int64)
        /// An anonymous session.
        case nobody
        case unreadable
    }

    private let inflation = Inflation()

    func owner(of sessionData: some Collection<UInt8>) -> Owner {
        guard let payload = Self.payload(of: Array(sessionData)) else { return .unreadable }
        let isCompressed = payload.first == UInt8(ascii: ".")
        guard let decoded = URLSafeBase64.decode(isCompressed ? payload.dropFirst() : payload) else {
            return .unreadable
        }
        guard let json = isCompressed ? inflation.inflate(decoded) : decoded,
            (try? UTF8Span(validating: json.span)) != nil  // what is no UTF-8 is no JSON: unreadable, nothing else lost
        else { return .unreadable }
        do throws(FeedFlaw) {
            return try Self.owner(inJSON: json)
        } catch {
            return .unreadable
        }
    }

    /// What stands before the last two colons.
    private static func payload(of data: [UInt8]) -> ArraySlice<UInt8>? {
        let colon = UInt8(ascii: ":")
        guard let signature = data.lastIndex(of: colon), let time = data[..<signature].lastIndex(of: colon) else {
            return nil
        }
        return data[..<time]
    }

    /// An `_auth_user_id` within a value of the session is somebody's data and not the session's owner.
    private static func owner(inJSON json: [UInt8]) throws(FeedFlaw) -> Owner {
        var scanner = JSONScanner(json, in: 0..<json.count)
        var owner = Owner.nobody
        scanner.passSpace()
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            guard scanner.decoded(key).elementsEqual("_auth_user_id".utf8) else {
                try scanner.skipValue()
                continue
            }
            switch try scanner.fieldValue() {
            case .text(let text), .number(let text):
                guard let id = Int64(text) else { return .unreadable }
                owner = .user(id)
            default: return .unreadable
            }
        }
        scanner.passSpace()
        return scanner.next == nil ? owner : .unreadable
    }
}
