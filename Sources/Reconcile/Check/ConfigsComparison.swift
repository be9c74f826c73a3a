import Support
import WireGuard

/// The configs of a folder beside those that the database says, and whether they are this database's at all.
struct ConfigsComparison {
    /// File names of configs that a run would write or change, in the order of the database.
    private(set) var differing: [String] = []
    /// Those that are there and have a private key that no instance of the database has.
    private var foreign: [String] = []
    /// How many of the database's configs are there.
    private var present = 0
    /// How many of these differ.
    private var presentDiffering = 0
    private let strays: [String]

    /// Of fewer configs, that they differ says little.
    private static let fewest = 5

    /// - Parameters:
    ///   - configs: what the database says.
    ///   - strays: configs in the folder that are of no known instance.
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

    /// Why the folder is probably another's; nil where nothing says so.
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
