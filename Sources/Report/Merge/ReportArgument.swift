import Glibc
import Support

/// A report as named on the command line: a `report.json` or the folder that holds it, optionally with the name of its
/// host, as in `vpn1=reports/vpn1/report.json`.
package struct ReportArgument: Hashable, Sendable {
    /// The host's name; nil for the name in the report.
    package var host: String?
    package var path: String

    package init(host: String? = nil, path: String) {
        self.host = host
        self.path = path
    }

    /// Parses `PATH` or `NAME=PATH`. If a slash precedes the first `=`, the whole text is a path, so
    /// `./a=b/report.json` always names a path. Nil if the name or the path is empty.
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
