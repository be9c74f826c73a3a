import ArgumentParser

/// A flag as a variable or key gives it.
struct Switch: ExpressibleByArgument {
    var isOn: Bool

    init?(argument: String) {
        switch argument.lowercased() {
        case "1", "true", "yes": isOn = true
        case "0", "false", "no": isOn = false
        default: return nil
        }
    }

    static var allValueStrings: [String] { ["1", "0"] }
}
