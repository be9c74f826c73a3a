import Support
import WireGuard

/// Compares the configs of a folder with those that the database gives, and judges whether it is the folder that the
/// application uses.
struct ConfigsComparison {
    /// File names of configs that a run would write or change, in the order of the database.
    private(set) var differing: [String] = []
    /// How many configs the database gives.
    private let total: Int
    /// How many of these exist in the folder.
    private var present = 0

    /// With fewer configs than this, differences mean little.
    private static let fewest = 3

    /// - Parameter configs: The configs that the database gives.
    init(of configs: [InterfaceConfig], in folder: OpenFolder) throws {
        total = configs.count
        for config in configs {
            let bytes = try folder.regularFile(config.fileName)?.bytes
            if bytes != nil { present += 1 }
            if bytes != config.bytes { differing.append(config.fileName) }
        }
    }

    /// Why the folder is probably not the one that the application uses; nil where nothing suggests it.
    ///
    /// - Parameter strays: How many configs in the folder belong to no known instance.
    func doubt(of path: String, strays: Int) -> String? {
        if present == 0 && total > 0 {
            return
                "\(total == 1 ? "the only config" : "none of the \(total) configs") of the database is \(total == 1 ? "not " : "")in \(path)"
                + (strays == 0 ? "" : ", and there are \(strays) of no known instance")
        }
        if total >= Self.fewest && differing.count * 10 >= total * 9 {
            let missing = total - present
            return "\(differing.count) of the \(total) configs differ from the database"
                + (missing == 0 ? "" : ", \(missing) of which are missing in \(path)")
        }
        return nil
    }
}
