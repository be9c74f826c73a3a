import ControlPlane
import Support

/// The scripts by which the fork limits the bandwidth of an instance: `wg7_bandwidth.sh`, which PostUp runs, and
/// `wg7_bandwidth_cleanup.sh`, which PostDown runs.
///
/// The application writes them beside the configs when it exports. What they set depends on their own instance alone, so no
/// removal changes those of an instance that stays.
package struct BandwidthScripts {
    private let folder: OpenFolder
    private let names: Set<String>

    package init(in folder: OpenFolder) throws(FileFailure) {
        self.folder = folder
        names = Set(try folder.names().filter { Self.number(ofFileNamed: $0) != nil })
    }

    /// The numbers of the instances of which there is a script, or something else with the name of one.
    var numbers: Set<Int> { Set(names.compactMap(Self.number)) }

    /// Whether the config of an instance that has a limit is to run its scripts.
    ///
    /// A limit that an administrator has set and not exported has no scripts yet, and an interface whose PostUp runs a
    /// script that is not there does not come up. A config that runs them already goes on.
    func areRun(byConfigOf number: Int) -> Bool {
        if Self.fileNames(of: number).allSatisfy(names.contains) { return true }
        // A config that cannot be read is found out when it is written.
        guard let present = try? folder.regularFile(InterfaceName.config(of: number)) else { return false }
        let (up, _) = Self.commands(of: number)
        return String(decoding: present.bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.hasPrefix("PostUp") && line.hasSuffix(up)
        }
    }

    /// Script and clean-up.
    static func fileNames(of number: Int) -> [String] {
        ["", "_cleanup"].map { "\(InterfaceName.of(number))_bandwidth\($0).sh" }
    }

    /// What PostUp and PostDown run, by the path that the application gives.
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
