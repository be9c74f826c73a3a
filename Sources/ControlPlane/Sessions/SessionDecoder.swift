import Feed

/// Finds the user of a Django session.
///
/// `session_data` is `<payload>:<time>:<signature>`. The payload is a JSON object in URL-safe base64 without padding. A
/// leading `.` means that the JSON was compressed with zlib first. The user's id is the value of `_auth_user_id` at the
/// top level of the object, as text. (Django 4 and 5, `django.core.signing.dumps` and `contrib.auth.login`.)
///
/// The signature is not checked. That would take the application's secret key, and a forged session of a user who is
/// being removed may be deleted too.
///
/// Use one decoder for all sessions, because it reuses its buffers.
final class SessionDecoder {
    enum Owner: Hashable {
        case user(Int64)
        /// An anonymous session.
        case nobody
        case unreadable
    }

    private static let userID = Array("_auth_user_id".utf8)

    private let inflation = Inflation()
    private var decoded: [UInt8] = []
    private var json: [UInt8] = []

    func owner(of sessionData: some Collection<UInt8>) -> Owner {
        Array(sessionData).withUnsafeBufferPointer(owner)
    }

    func owner(of sessionData: UnsafeBufferPointer<UInt8>) -> Owner {
        guard let payload = Self.payload(of: sessionData) else { return .unreadable }
        let isCompressed = payload.first == UInt8(ascii: ".")
        guard let length = URLSafeBase64.decode(isCompressed ? payload.dropFirst() : payload, into: &decoded) else {
            return .unreadable
        }
        guard isCompressed else { return owner(inJSON: decoded, length: length) }
        guard let length = inflation.inflate(decoded.span.extracting(..<length), into: &json) else {
            return .unreadable
        }
        return owner(inJSON: json, length: length)
    }

    /// The part before the last two colons.
    private static func payload(of data: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>>? {
        let colon = UInt8(ascii: ":")
        guard let signature = data.lastIndex(of: colon), let time = data[..<signature].lastIndex(of: colon) else {
            return nil
        }
        return data[..<time]
    }

    private func owner(inJSON json: [UInt8], length: Int) -> Owner {
        // Django decodes the bytes as Latin-1, in which every byte is valid (`JSONSerializer` in
        // `django.core.signing`).
        do throws(FeedFlaw) {
            return try Self.owner(in: JSONScanner(json, in: 0..<length, .python))
        } catch {
            return .unreadable
        }
    }

    /// Only the top level counts. An `_auth_user_id` inside a nested value is not the session's owner.
    private static func owner(in scanner: consuming JSONScanner) throws(FeedFlaw) -> Owner {
        var owner = Owner.nobody
        scanner.passSpace()
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            guard scanner.spells(key, userID) else {
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
