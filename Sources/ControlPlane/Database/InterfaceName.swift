/// The names that the application uses on a host: instance 7 has the interface `wg7` and the config `wg7.conf`.
package enum InterfaceName {
    package static func of(_ number: Int) -> String { "wg\(number)" }

    package static func config(of number: Int) -> String { of(number) + ".conf" }

    /// The number in a config's file name; nil for any other name, including `wg07.conf`.
    package static func number(ofConfig name: String) -> Int? {
        guard isConfig(name), let number = Int(name.dropFirst(2).dropLast(5)), config(of: number) == name else {
            return nil
        }
        return number
    }

    /// Whether a file name has the form of the application's configs, for any instance.
    package static func isConfig(_ name: String) -> Bool { name.hasPrefix("wg") && name.hasSuffix(".conf") }
}
