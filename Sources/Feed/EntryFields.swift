import Support

/// The value of a field of an entry.
package enum FieldValue: Hashable {
    /// The entry does not have the field.
    case missing
    case null
    case text(String)
    /// A JSON number in its original spelling.
    case number(String)
    /// `true`, `false`, an array or an object, in a form for messages: containers without their content.
    case other(String)
    /// The beginning of a text that is longer than any field may be.
    case tooLong(String)

    /// The maximum length of a field in bytes. A longer one comes from a broken export, and each of its copies in a
    /// report would be as long.
    static let longest = 65_536

    /// Whether the value counts as not given: missing, null, or only white space.
    var isBlank: Bool {
        switch self {
        case .missing, .null: true
        case .text(let text): text.trimmed.isEmpty
        case .number, .other, .tooLong: false
        }
    }

    /// The beginning of a text that is too long, for messages and reports.
    static func cut(_ bytes: some Sequence<UInt8>) -> FieldValue {
        .tooLong(String(decoding: Array(bytes.prefix(100)), as: UTF8.self) + "…")
    }
}

/// The fields of one entry as they are in the feed. The same for every format.
struct EntryFields {
    var email = FieldValue.missing
    var status = FieldValue.missing
    var accountID = FieldValue.missing
    var subscriptionID = FieldValue.missing
    var reason = FieldValue.missing
    var effectiveAt = FieldValue.missing
    /// Whether the entry is a request of the endpoint, which means removal.
    var isRequest = false

    subscript(field: EntryField) -> FieldValue {
        get {
            switch field {
            case .email: email
            case .status: status
            case .accountID: accountID
            case .subscriptionID: subscriptionID
            case .reason: reason
            case .effectiveAt: effectiveAt
            }
        }
        set {
            switch field {
            case .email: email = newValue
            case .status: status = newValue
            case .accountID: accountID = newValue
            case .subscriptionID: subscriptionID = newValue
            case .reason: reason = newValue
            case .effectiveAt: effectiveAt = newValue
            }
        }
    }
}

/// How a feed states that an account is to be removed.
package enum RemovalStatement: Hashable, Sendable {
    /// By a status. Some entry has one, so every entry needs one.
    case status
    /// No entry has a status. Only the endpoint's requests mean removal.
    case request
    /// The operator has stated that every entry means removal.
    case everyEntry
}

/// How to read the fields of an entry.
struct EntryRules: Hashable, Sendable {
    var profile = FeedProfile.standard
    var statement = RemovalStatement.status

    /// Replaces a value that is one of the profile's null words by null.
    func value(_ value: FieldValue) -> FieldValue {
        guard !profile.nullWords.isEmpty, case .text(let text) = value, profile.nullWords.contains(text.trimmed) else {
            return value
        }
        return .null
    }
}

extension FeedEntry {
    /// Reads the fields into an entry. A field that cannot be read adds a fault; the other fields are read anyway.
    init(number: Int, line: Int?, fields: EntryFields, rules: EntryRules) {
        // Sets every property once. Filling the entry step by step would copy it each time, for a million entries.
        var faults: [String] = []
        self.number = number
        self.line = line
        email = Self.email(rules.value(fields.email), &faults)
        (status, meaning) = Self.status(rules.value(fields.status), fields.isRequest, rules, &faults)
        accountID = Self.echoed(rules.value(fields.accountID), of: .accountID, &faults)
        subscriptionID = Self.echoed(rules.value(fields.subscriptionID), of: .subscriptionID, &faults)
        reason = Self.echoed(rules.value(fields.reason), of: .reason, &faults)
        let before = faults.count
        effectiveAt = Self.effectiveAt(rules.value(fields.effectiveAt), rules.profile, &faults)
        hasUnreadableDate = faults.count > before
        deferral = nil
        self.faults = faults
    }

    private static func email(_ value: FieldValue, _ faults: inout [String]) -> String {
        switch value {
        case .missing: faults.append("email is missing")
        case .null: faults.append("email is null")
        case .number, .other: faults.append("email is not a string")
        case .tooLong(let beginning):
            faults.append(EmailFaults.tooLong)
            return beginning
        case .text(let text):
            let email = text.trimmed
            EmailFaults.add(of: email, to: &faults)
            return EmailFaults.shortened(email)
        }
        return ""
    }

    private static func status(
        _ value: FieldValue, _ isRequest: Bool, _ rules: EntryRules, _ faults: inout [String]
    ) -> (String?, StatusMeaning?) {
        switch value {
        case _ where value.isBlank, .missing, .null:
            switch rules.statement {
            case .everyEntry: return (nil, .removal)
            case .request where isRequest: return (nil, .removal)
            case .request: faults.append("status is missing, and the entry is not a request for a removal")
            case .status: faults.append("status is missing, though other entries have one")
            }
            return (nil, nil)
        case .text(let text):
            let word = text.trimmed
            let meaning = rules.profile.words.meaning(of: word)
            if meaning == nil {
                faults.append(
                    "status \(word.quotedForMessage()) is not a known word: --removal-status or --staying-status "
                        + "says what it means")
            }
            return (word, meaning)
        case .number(let spelling), .other(let spelling):
            let meaning = rules.profile.words.meaning(of: spelling)
            if meaning == nil {
                faults.append(
                    "status is not a string, and \(spelling.escapedForMessage(limit: 60)) is not a known word: "
                        + "--removal-status or --staying-status says what it means")
            }
            return (spelling, meaning)
        case .tooLong(let beginning):
            faults.append("status is longer than \(FieldValue.longest) bytes")
            return (beginning, nil)
        }
    }

    private static func effectiveAt(
        _ value: FieldValue, _ profile: FeedProfile, _ faults: inout [String]
    ) -> EffectiveTime? {
        let text: String
        switch value {
        case _ where value.isBlank, .missing, .null: return nil
        // RFC 3339 times are not trimmed. Numbers and patterns are, because programs that write them add padding.
        case .text(let given): text = profile.timeFormat == .rfc3339 ? given : given.trimmed
        case .number(let spelling) where profile.timeFormat.isNumber: text = spelling
        case .number, .other:
            faults.append(
                profile.timeFormat.isNumber ? "effective_at is not a number" : "effective_at is not a string")
            return nil
        case .tooLong:
            faults.append("effective_at is longer than \(FieldValue.longest) bytes")
            return nil
        }
        do throws(EffectiveTime.Fault) {
            return try EffectiveTime(text, profile.timeFormat, in: profile.timeZone)
        } catch {
            switch error {
            case .unreadable:
                faults.append("effective_at is not \(profile.timeFormat.description): \(text.quotedForMessage())")
            case .implausible(let isUnix):
                faults.append(
                    "effective_at is not between the years 1990 and 2200 if it is in "
                        + "\(isUnix ? "seconds" : "milliseconds"): \(text.quotedForMessage()); "
                        + "--time-format \(isUnix ? "unix-ms" : "unix") reads the other unit")
            }
            return nil
        }
    }

    /// The value as it is in the feed, including white space, because billing joins on it.
    private static func echoed(
        _ value: FieldValue, of field: EntryField, _ faults: inout [String]
    ) -> EchoedValue? {
        switch value {
        case _ where value.isBlank, .missing, .null: return nil
        case .text(let text): return .text(text)
        case .number(let spelling): return .number(spelling)
        case .other:
            faults.append("\(field.rawValue) is neither a string nor a number")
            return nil
        case .tooLong(let beginning):
            faults.append("\(field.rawValue) is longer than \(FieldValue.longest) bytes")
            return .text(beginning)
        }
    }
}

extension FeedTimeFormat {
    fileprivate var isNumber: Bool { self == .unix || self == .unixMilliseconds }
}
