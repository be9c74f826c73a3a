import Support

extension FeedRefusal {
    package var operation: String { "read the feed" }
    package var subject: String { path == "-" ? "on standard input" : path.escapedForMessage(limit: 400) }
    package var exitStatus: ExitStatus { .feedNotWhole }

    /// The place and the reason: `line 3, column 9: a quote is not closed`.
    package var cause: String {
        let place = [position?.description, entry.map { "entry \($0)" }].compactMap(\.self).joined(separator: ", ")
        return (place.isEmpty ? "" : "\(place): ") + reason.text + (shape.map { "; \($0.text)" } ?? "")
    }

    package var hint: String { "nothing was touched; \(shape?.hint ?? reason.hint)" }
}

extension FeedRefusal.Reason {
    /// The reason in words.
    package var text: String {
        switch self {
        case .emptyFile: "the feed is empty"
        case .invalidUTF8: "the feed is not valid UTF-8 here"
        case .notInEncoding(let encoding): "the feed is not in \(encoding.rawValue)"
        case .ownDocument(let name):
            "this is not a feed: it is a \(name) of wg-reconcile, which also lists accounts that stay"
        case .removalNotStated(let found):
            "nothing in the feed states that an account is to be removed: it has no status column; found: \(found.text)"
        case .noStatus(let column):
            "nothing in the feed states that an account is to be removed: no entry has a status in \(column.quotedForMessage())"
        case .statusBesideEveryEntryEnds(let column):
            "--every-entry-ends is for a feed without a status column, and this one has \(column.quotedForMessage())"
        case .noMappedField(let field, let name, let found):
            "no \(name.quotedForMessage()), which is where \(field.rawValue) should be; found: \(found.text)"
        case .unclosedQuote: "the quote that opens here is never closed"
        case .textAfterClosingQuote(let opened):
            "text after the closing quote of the field that begins at \(opened)"
        case .bareQuote: "a quote within a field that is not quoted"
        case .bareCarriageReturn: "a carriage return without a line feed"
        case .tooManyFields(let expected, let found): "the row has \(found) fields, the header \(expected)"
        case .tooFewFields(let expected, let found): "the row has only \(found) fields, the header \(expected)"
        case .columnNamedTwice(let name): "the column \(name.quotedForMessage()) appears twice"
        case .noEmailColumn(let found):
            "the header has no column named email or instance; found: \(found.text)"
        case .contentWithoutColumnName: "a field is not empty, but its column has no name"
        case .jsonSyntax(let expected): "not valid JSON; expected \(expected)"
        case .jsonTruncated: "the JSON ends before it is complete"
        case .textAfterJSON: "text after the end of the JSON"
        case .nestedTooDeeply(let limit): "the JSON is nested more than \(limit) levels deep"
        case .elementNotObject: "the entry is not a JSON object"
        case .keyNamedTwice(let key):
            "the key \(key.quotedForMessage()) appears here for the second time, or is another name for a field that "
                + "is already given"
        case .unknownDocument:
            "the document is neither an array of entries, nor an object with accounts, nor a request object with a body"
        case .accountsNotArray: "accounts is not an array"
        case .accountsBesideBody: "the document has both accounts and a request object's body"
        case .countMismatch(let name, let declared, let found):
            "\(name) says \(declared.escapedForMessage(limit: 60)), but the number of entries is \(found)"
        case .countNotInteger(let name, let value):
            "\(name) is not an integer: \(value.escapedForMessage(limit: 60))"
        case .morePages(let name):
            "the document is one page of a list, and there are more: \(name.escapedForMessage(limit: 60))"
        case .noRecords(let path): "there is no array of entries at \(path.quotedForMessage())"
        case .profileKey(let key, let expected): "\(key.quotedForMessage()) has to be \(expected)"
        case .invalidGeneratedAt(let value):
            "generated_at is not an RFC 3339 time: \(value.escapedForMessage(limit: 60))"
        }
    }

    /// What to do about it.
    var hint: String {
        switch self {
        case .emptyFile:
            "have billing write the feed again; if no account has ended, the feed is only a CSV header, or the JSON []"
        case .invalidUTF8: "save the feed as UTF-8"
        case .notInEncoding: "give the feed's encoding with --encoding; UTF-16 has to begin with a byte order mark"
        case .ownDocument: "give the feed that billing delivered"
        case .removalNotStated(let found):
            (found.nearest.map {
                "if its column is \($0.quotedForMessage()), give --column status=\($0.quotedForMessage()); "
            } ?? "")
                + "if every account in it has ended, give --every-entry-ends"
        case .noStatus:
            "have billing fill in the status; if all accounts have ended, leave out the column and give "
                + "--every-entry-ends"
        case .statusBesideEveryEntryEnds: "leave out --every-entry-ends; the statuses say which accounts have ended"
        case .noMappedField(_, _, let found):
            found.nearest.map { "is \($0.quotedForMessage()) meant? Correct the profile, or give --column" }
                ?? "correct the profile, or give --column"
        case .unclosedQuote, .textAfterClosingQuote, .bareQuote:
            "quote the whole field and write each quote within it twice, as in RFC 4180"
        case .bareCarriageReturn: "end lines with LF or CRLF, and quote a field that contains a line end"
        case .tooManyFields, .tooFewFields:
            "give the row as many fields as the header, and quote a field that contains a comma"
        case .columnNamedTwice, .keyNamedTwice: "name each field once; email and instance are the same field"
        case .noEmailColumn(let found):
            found.nearest.map {
                "if its column is \($0.quotedForMessage()), give --column email=\($0.quotedForMessage())"
            }
                ?? "begin the feed with a header row, or give the column with --column email=NAME"
        case .contentWithoutColumnName: "give the column a name, or empty it"
        case .jsonSyntax, .nestedTooDeeply: "have billing write the feed with a JSON library"
        case .jsonTruncated: "have billing write the feed again; it may have been cut off"
        case .textAfterJSON: "write one document per file, or give --format jsonl for one entry per line"
        case .elementNotObject: "make every entry an object with an email; a JSON document needs --format json"
        case .unknownDocument: "put the entries into an array, or give --format jsonl for one entry per line"
        case .accountsNotArray: "make accounts an array of entries; an empty one is []"
        case .accountsBesideBody: "leave one of them out"
        case .countMismatch: "have billing write the feed again; entries may have been lost"
        case .countNotInteger(let name, _): "write \(name) as a plain number, or leave it out"
        case .morePages: "have billing put all pages into one feed"
        case .noRecords: "give the keys that lead to the array, separated by dots, with --records"
        case .profileKey: "correct the profile"
        case .invalidGeneratedAt: "write generated_at like 2026-11-23T18:07:00Z, or leave it out"
        }
    }
}

extension FoundNames {
    /// The names, or that there is none.
    fileprivate var text: String { names.isEmpty ? "none" : list }
}
