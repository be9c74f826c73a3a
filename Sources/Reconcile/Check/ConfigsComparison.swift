import Support
import WireGuard

/// Compares the configs of a folder with those that the database gives, and judges whether the folder belongs to this
/// database at all.
struct ConfigsComparison {
    /// File names of configs that a run would write or change, in the order of the database.
    private(set) var differing: [String] = []
    /// Configs in the folder with a private key that no instance of the database has.
    private var foreign: [String] = []
    /// How many of the database's configs exist in the folder.
    private var present = 0
    /// How many of these differ.
    private var presentDiffering = 0
    private let strays: [String]

    /// With fewer configs than this, differences mean little.
    private static let fewest = 5

    /// - Parameters:
    ///   - configs: The configs that the database gives.
    ///   - strays: Configs in the folder that belong to no known instance.
    init(of configs: [InterfaceConfig], in folder: OpenFolder, strays: [String]) throws {
        self.strays = strays
        var keys: Set<String>?
        for config in configs {
            let bytes = try folder.regularFile(config.fileName)?.bytes
            if bytes == config.bytes {
                present += 1
                continue
            }
            differing.append(config.fileName)
            guard let bytes else { continue }
            present += 1
            presentDiffering += 1
            guard let key = ConfigText(bytes).privateKey else { continue }
            if keys == nil { keys = Set(configs.compactMap { ConfigText($0.bytes).privateKey }) }
            if keys?.contains(key) == false { foreign.append(config.fileName) }
        }
    }

    /// Why the folder probably belongs to another database; nil where nothing suggests it.
    var doubt: String? {
        if !foreign.isEmpty { return "with a private key that no instance of the database has: " + foreign.firstFew() }
        if present >= Self.fewest && presentDiffering * 10 >= present * 9 {
            return "\(presentDiffering) of the \(present) that are there differ from the database"
        }
        if present == 0 && !differing.isEmpty && !strays.isEmpty {
            return
                "none of the database's \(differing.count) is there, and there are \(strays.count) of no known instance"
        }
        return nil
    }
}
