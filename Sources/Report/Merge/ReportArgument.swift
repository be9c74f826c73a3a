import Glibc
import Support

/// A report as the command line names it: a `report.json` or the folder that holds it, and perhaps the name of its host,
/// `vpn1=reports/vpn1/report.json`.
package struct ReportArgument: Hashable, Sendable {
    /// The host's name; nil for the one that the report gives.
    package var host: String?
    package var path: String

    package init(host: String? = nil, path: String) {
        self.host = host
        self.path = path
    }

    /// Takes `PATH` or `NAME=PATH`. A path with a slash before its first `=` has no name before it, so that
    /// `./a=b/report.json` names a path in any case. Nil where either is empty.
    package init?(parsing text: String) {
        if let sign = text.firstIndex(of: "="), !text[..<sign].contains("/") {
            self.init(host: String(text[..<sign]), path: String(text[text.index(after: sign)...]))
        } else {
            self.init(path: text)
        }
        guard host != "", !path.isEmpty else { return nil }
    }

    /// The path of the file.
    ///
    /// - Throws: ``ReportUnreadable``.
    func file() throws(ReportUnreadable) -> String {
        do throws(FileFailure) {
            guard let found = try FileSystem.statusBehindLinks(of: path) else {
                throw FileFailure(.open, path, code: ENOENT)
            }
            return found.isFolder ? path + (path.hasSuffix("/") ? "" : "/") + ReportFolder.document : path
        } catch {
            throw ReportUnreadable(error)
        }
    }
}
