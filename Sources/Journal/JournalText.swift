import Support

/// Writes the JSON that the journal keeps; `Codable` reads it. Writing it with `Codable` took longer than most of an
/// account's deletions.
enum JournalText {
    static func text(of errors: [String]) -> String { text { $0.array(of: errors) } }

    /// Members are in alphabetical order, so that equal removals give equal texts. Members that are nil, and an empty
    /// `keptRestricted`, are left out.
    static func text(of removal: RemovalRecord) -> String {
        text { json in
            json.object { json in
                if let addresses = removal.addresses { json.member("addresses", addresses) }
                json.member("affectedInterfaceNumbers", removal.affectedInterfaceNumbers)
                if let keys = removal.interfaceKeys { json.member("interfaceKeys", keys) }
                json.member("interfaceNumbers", removal.interfaceNumbers)
                json.key("items")
                json.array { json in
                    for item in removal.items { json.keep(item) }
                }
                if !removal.keptRestricted.isEmpty {
                    json.key("keptRestricted")
                    json.array { json in
                        for restriction in removal.keptRestricted { json.keep(restriction) }
                    }
                }
                if let keys = removal.peerKeys { json.member("peerKeys", keys) }
                json.member("rows") { json in
                    for (table, count) in removal.rows.sorted(by: { $0.key < $1.key }) {
                        json.key(escaping: table)
                        json.value(count)
                    }
                }
            }
        }
    }

    private static func text(_ write: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

extension JSONText {
    fileprivate mutating func member(_ name: StaticString, _ numbers: [Int]) {
        key(name)
        array { json in
            for number in numbers { json.value(number) }
        }
    }

    fileprivate mutating func keep(_ restriction: KeptRestriction) {
        object { json in
            json.member("identifier", restriction.identifier)
            json.member("type", restriction.type.rawValue)
            json.member("what", restriction.what)
        }
    }

    fileprivate mutating func keep(_ item: RemovedItem) {
        object { json in
            json.member("identifier", item.identifier)
            if let peers = item.peersRemoved { json.member("peers_removed", peers) }
            json.member("type", item.type.rawValue)
        }
    }
}
