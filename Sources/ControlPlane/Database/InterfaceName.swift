/// The names that the application gives to what an instance has on a host: instance 7 is the interface `wg7`, and its config is
/// `wg7.conf`.
package enum InterfaceName {
    package static func of(_ number: Int) -> String { "wg\(number)" }

    package static func config(of number: Int) -> String { of(number) + ".conf" }

    /// The number in the name of a config; nil for any other name, also for `wg07.conf`.
    package static func number(ofConfig name: String) -> Int? {
        guard isConfig(name), let number = Int(name.dropFirst(2).dropLast(5)), config(of: number) == name else {
            return nil
        }
        return number
    }

    /// Whether a file is a config of the application's by its name, of whatever instance.
    package static func isConfig(_ name: String) -> Bool { name.hasPrefix("wg") && name.hasSuffix(".conf") }
}
