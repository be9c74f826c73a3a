import Support

/// Reads JSON piece by piece according to RFC 8259, without building a tree.
///
/// Foundation's parser does not notice a key that is named twice, and reports no lines. A caller walks through the
/// text: it opens an object or array, asks for the next key or element until there is none, and reads or skips each
/// value.
package struct JSONScanner: Sendable {
    /// What is accepted as JSON.
    package enum Dialect: Sendable {
        /// RFC 8259, with unique keys in each object.
        case strict
        /// What Python's `json` module reads: also NaN, Infinity, half a surrogate pair, and repeated keys, of which
        /// the last counts. (CPython, `Lib/json/decoder.py`.)
        case python

        /// How deeply values may be nested. The strict limit is safe for the call stack and deeper than any feed; the
        /// other is as deep as Python reads.
        var depthLimit: Int { self == .strict ? 128 : 990 }
    }

    let bytes: [UInt8]
    var offset: Int
    /// Where the text ends: the end of the feed, or of the current line in JSON Lines.
    private(set) var end: Int
    let dialect: Dialect
    /// The number of the entry that is being read, for errors.
    var entry: Int?
    private var depth = 0
    /// The keys of all open objects, the innermost last.
    private var openKeys: [Key] = []

    package init(_ bytes: [UInt8], in range: Range<Int>, _ dialect: Dialect = .strict) {
        self.bytes = bytes
        self.dialect = dialect
        offset = range.lowerBound
        end = range.upperBound
        // Nearly always enough for all open objects.
        openKeys.reserveCapacity(16)
    }

    /// The state of walking through an object.
    package struct ObjectWalk {
        fileprivate var firstKey: Int
        fileprivate var hasBegun = false
        /// All keys, decoded. Used only once there are so many that comparing each with each would be slow.
        fileprivate var manyKeys: Set<[UInt8]> = []
    }

    /// The state of walking through an array.
    package struct ArrayWalk {
        fileprivate var hasBegun = false
    }

    /// A key or another string: where it is, and whether it has to be decoded.
    package struct Key: Sendable {
        /// The offset of its opening quote.
        var start: Int
        var content: Range<Int>
        var hasEscapes: Bool
    }

    // MARK: Objects and arrays

    package mutating func openObject() throws(FeedFlaw) -> ObjectWalk {
        try open("{", named: "an object")
        return ObjectWalk(firstKey: openKeys.count)
    }

    /// The next key, with the scanner at its value; nil when the object is closed. A key that the object already has is
    /// a flaw.
    package mutating func nextKey(in object: inout ObjectWalk) throws(FeedFlaw) -> Key? {
        passSpace()
        if isAt("}") {
            close()
            openKeys.removeLast(openKeys.count - object.firstKey)
            return nil
        }
        if object.hasBegun {
            guard isAt(",") else { throw flaw(expecting: "a comma or }") }
            offset += 1
            passSpace()
        }
        object.hasBegun = true
        guard isAt("\"") else { throw flaw(expecting: "a key in double quotes") }
        let key = try string()
        try note(key, in: &object)
        passSpace()
        guard isAt(":") else { throw flaw(expecting: "a colon") }
        offset += 1
        passSpace()
        return key
    }

    package mutating func openArray() throws(FeedFlaw) -> ArrayWalk {
        try open("[", named: "an array")
        return ArrayWalk()
    }

    /// Whether there is another element, with the scanner at it; false when the array is closed. After a comma this is
    /// always true; in `[1,]` the caller then fails at the bracket.
    package mutating func nextElement(in array: inout ArrayWalk) throws(FeedFlaw) -> Bool {
        passSpace()
        if isAt("]") {
            close()
            return false
        }
        if array.hasBegun {
            guard isAt(",") else { throw flaw(expecting: "a comma or ]") }
            offset += 1
            passSpace()
        }
        array.hasBegun = true
        return true
    }

    private mutating func open(_ bracket: Unicode.Scalar, named name: String) throws(FeedFlaw) {
        guard isAt(bracket) else { throw flaw(expecting: name) }
        guard depth < dialect.depthLimit else {
            throw FeedFlaw(.nestedTooDeeply(limit: dialect.depthLimit), at: offset, entry: entry)
        }
        depth += 1
        offset += 1
    }

    private mutating func close() {
        depth -= 1
        offset += 1
    }

    private mutating func note(_ key: Key, in object: inout ObjectWalk) throws(FeedFlaw) {
        if dialect == .python { return }
        let isNew: Bool
        if openKeys.count - object.firstKey < 16 {
            isNew = !(object.firstKey..<openKeys.count).contains { same(openKeys[$0], key) }
        } else {
            if object.manyKeys.isEmpty {
                object.manyKeys = Set(openKeys[object.firstKey...].map(decoded))
            }
            isNew = object.manyKeys.insert(decoded(key)).inserted
        }
        guard isNew else { throw FeedFlaw(.keyNamedTwice(text(of: key)), at: key.start, entry: entry) }
        openKeys.append(key)
    }

    // MARK: Moving on

    /// The byte at the current position; nil at the end.
    package var next: UInt8? { offset < end ? bytes[offset] : nil }

    package func isAt(_ character: Unicode.Scalar) -> Bool { offset < end && bytes[offset] == UInt8(ascii: character) }

    package mutating func passSpace() {
        while offset < end, bytes[offset].isJSONSpace { offset += 1 }
    }

    /// Continues with the text in `range`, in a fresh state.
    mutating func begin(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
        depth = 0
        openKeys.removeAll(keepingCapacity: true)
    }

    /// The flaw for unexpected text at the current position, or for the end of the text.
    func flaw(expecting expected: String) -> FeedFlaw {
        FeedFlaw(offset < end ? .jsonSyntax(expected: expected) : .jsonTruncated, at: min(offset, end), entry: entry)
    }
}
