extension RemovalRecord {
    /// Reads records of all versions. Earlier versions had no `keptRestricted` and counted a firewall rule among the
    /// items.
    package init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        let noted = try record.decode([NotedItem].self, forKey: .items)
        self.init(
            items: try noted.filter { !$0.isRule }.map { try $0.item(in: record) },
            rows: try record.decode([String: Int].self, forKey: .rows),
            interfaceNumbers: try record.decode([Int].self, forKey: .interfaceNumbers),
            affectedInterfaceNumbers: try record.decode([Int].self, forKey: .affectedInterfaceNumbers),
            peerKeys: try record.decodeIfPresent([String].self, forKey: .peerKeys),
            interfaceKeys: try record.decodeIfPresent([String].self, forKey: .interfaceKeys),
            keptRestricted: noted.filter(\.isRule).map { .rule($0.identifier) }
                + (try record.decodeIfPresent([KeptRestriction].self, forKey: .keptRestricted) ?? []),
            addresses: try record.decodeIfPresent([String].self, forKey: .addresses))
    }

    private struct NotedItem: Decodable {
        let type: String
        let identifier: String
        let peersRemoved: Int?

        enum CodingKeys: String, CodingKey {
            case type, identifier
            case peersRemoved = "peers_removed"
        }

        var isRule: Bool { type == KeptRestriction.Kind.firewallRule.rawValue }

        func item(in record: KeyedDecodingContainer<RemovalRecord.CodingKeys>) throws -> RemovedItem {
            guard let kind = RemovedItem.Kind(rawValue: type) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .items, in: record, debugDescription: "\(type) is no kind of item")
            }
            return RemovedItem(kind, identifier, peersRemoved: peersRemoved)
        }
    }
}
