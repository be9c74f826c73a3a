import Feed
import Glibc
import Support

/// Lists WireGuard interfaces without asking any of them. `wg show interfaces` connects to the process of each userspace
/// interface, and blocks if a single one of them hangs.
struct InterfaceNames {
    /// Runs in the network namespace of the interfaces.
    let ip: Program

    /// Where processes of userspace interfaces have their sockets, in whichever network namespace they run. `wg` finds
    /// them there.
    private static let sockets = "/var/run/wireguard"
    private static let suffix = ".sock"

    /// Includes userspace interfaces whose process has died without deleting its socket. `wg` deletes such a socket when
    /// it is asked about the interface.
    func all() throws(LookFailure) -> Set<String> { try ofKernel().union(try Self.ofUserspace()) }

    private func ofKernel() throws(LookFailure) -> Set<String> {
        do throws(ProgramFailure) {
            // Lines such as `7: wg7: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 …`.
            let lines = try ip.run(["-o", "link", "show", "type", "wireguard"]).text.split(separator: "\n")
            let names = lines.compactMap { line in
                line.split(separator: ":", maxSplits: 2).dropFirst().first.map { $0.drop { $0 == " " } }
            }
            return Set(names.map { String($0.prefix { $0 != "@" }) })
        } catch {
            throw .program(error)
        }
    }

    private static func ofUserspace() throws(LookFailure) -> Set<String> {
        do throws(FileFailure) {
            guard try FileSystem.statusBehindLinks(of: sockets) != nil else { return [] }
            var names: Set<String> = []
            for file in try FileSystem.names(in: sockets) where file.hasSuffix(suffix) && file != suffix {
                guard let found = try FileSystem.statusBehindLinks(of: sockets + "/" + file), found.isSocket else {
                    continue
                }
                names.insert(String(file.dropLast(suffix.count)))
            }
            return names
        } catch {
            throw .folder(error)
        }
    }
}

/// It cannot be found out which interfaces there are, or which peers they have.
enum LookFailure: Error, CustomStringConvertible {
    case program(ProgramFailure)
    /// The folder with the sockets of userspace interfaces.
    case folder(FileFailure)

    var description: String {
        switch self {
        case .program(let failure): failure.description
        case .folder(let failure): failure.description
        }
    }
}

extension stat {
    fileprivate var isSocket: Bool { st_mode & S_IFMT == S_IFSOCK }
}
