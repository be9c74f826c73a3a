import ControlPlane
import Support

/// The fork's scripts that limit the bandwidth of an instance: `wg7_bandwidth.sh`, which PostUp runs, and
/// `wg7_bandwidth_cleanup.sh`, which PostDown runs.
///
/// The application writes them next to the configs when it exports. Each depends only on its own instance, so a
/// removal never changes the scripts of an instance that stays.
package struct BandwidthScripts {
    private let folder: OpenFolder
    private let names: Set<String>

    package init(in folder: OpenFolder) throws(FileFailure) {
        self.folder = folder
        names = Set(try folder.names().filter { Self.number(ofFileNamed: $0) != nil })
    }

    /// The numbers of the instances that have a script, or anything else with the name of a script.
    var numbers: Set<Int> { Set(names.compactMap(Self.number)) }

    /// Whether the config of an instance with a bandwidth limit should run its scripts.
    ///
    /// If an administrator has set a limit but not exported it, the scripts do not exist yet, and an interface whose
    /// PostUp runs a missing script does not come up. A config that already runs the scripts keeps them.
    func areRun(byConfigOf number: Int) -> Bool {
        if Self.fileNames(of: number).allSatisfy(names.contains) { return true }
        // A config that cannot be read is reported when it is written.
        guard let present = try? folder.regularFile(InterfaceName.config(of: number)) else { return false }
        let (up, _) = Self.commands(of: number)
        return String(decoding: present.bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.hasPrefix("PostUp") && line.hasSuffix(up)
        }
    }

    /// The limit in Mbit/s that the script of an instance sets; nil where it shows none.
    ///
    /// The script makes one class for all traffic with the limit as its rate, and others below it with no higher rate.
    func limit(setFor number: Int) -> Int64? {
        // A script that cannot be read shows no limit. wg-quick reports it when it runs.
        guard let script = try? folder.regularFile(Self.fileNames(of: number)[0]) else { return nil }
        let words = String(decoding: script.bytes, as: UTF8.self).lowercased()
            .split(whereSeparator: \.isWhitespace)
        return zip(words, words.dropFirst()).compactMap { option, value in
            option == "rate" && value.hasSuffix("mbit") ? Int64(value.dropLast("mbit".count)) : nil
        }.max()
    }

    /// The script and its clean-up script.
    static func fileNames(of number: Int) -> [String] {
        ["", "_cleanup"].map { "\(InterfaceName.of(number))_bandwidth\($0).sh" }
    }

    /// The commands for PostUp and PostDown, with the path that the application uses.
    static func commands(of number: Int) -> (up: String, down: String) {
        let paths = fileNames(of: number).map { "/etc/wireguard/" + $0 }
        return (paths[0], paths[1])
    }

    /// The instance number of a file name such as `wg7_bandwidth.sh`; nil for any other name.
    static func number(ofFileNamed name: String) -> Int? {
        guard name.hasPrefix("wg"), let end = name.firstIndex(of: "_"),
            let number = Int(name[..<end].dropFirst(2)), fileNames(of: number).contains(name)
        else { return nil }
        return number
    }
}
