import ControlPlane
import Journal
import Support

// The lists of what needs attention.
extension AccountsPage {
    func list(_ sentences: [String]) -> HTML {
        let items = sentences.prefix(PageSelection.named).map { "<li class=\"plain\"><bdi>\($0)</bdi></li>" as HTML }
        let more = sentences.count - PageSelection.named
        let rest: HTML = more > 0 ? "<p>And \(more) more, in <a href=\"report.json\">report.json</a>.</p>" : HTML()
        return "<ul>\(items)</ul>\(rest)"
    }

    /// The accounts that need attention, the most urgent first.
    ///
    /// - Parameter advice: What to do about entries that were not processed; nil for the usual advice.
    func groups(ofUnprocessed advice: String?) -> HTML {
        "\(AccountConcern.allCases.map { group($0, advice: $0 == .unprocessed ? advice : nil) })"
    }

    private func group(_ concern: AccountConcern, advice: String?) -> HTML {
        let group = selection[concern]
        guard group.count > 0 else { return HTML() }
        let more = group.count - group.first.count
        let rest: HTML = more > 0 ? "<p>And \(more) more, in the list below.</p>" : HTML()
        let list: HTML = "<ul>\n\(group.first.map(line))</ul>\(rest)"
        // They all have the same reason, so a long list is collapsed.
        let shown: HTML =
            concern == .unprocessed && group.count > 5
            ? "<details><summary>Which ones</summary>\(list)</details>" : list
        return """
            <div class="concern"><h3>\(concern.title(group.count))</h3>
            <p>\(prose(advice ?? concern.advice))</p>
            \(shown)</div>

            """
    }

    /// Shows text between backticks as code.
    func prose(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        guard !parts.count.isMultiple(of: 2) else { return "\(text)" }
        return "\(parts.enumerated().map { $0.isMultiple(of: 2) ? "\($1)" : "<code>\($1)</code>" as HTML })"
    }

    private func line(_ result: AccountResult) -> HTML {
        """
        <li><span class="place">\(result.entry.line.map { "line \($0)" } ?? "entry \(result.entry.number)")</span> \
        \(email(result)) <span>\(since(result))<bdi>\(result.sentences.joined(separator: "; "))</bdi></span></li>

        """
    }

    /// Since when, where that is known.
    private func since(_ result: AccountResult) -> HTML {
        guard let since = result.since(at: startedAt) else { return HTML() }
        return "<span class=\"\(since == "new" ? "new" : "since")\">\(since)</span> "
    }

    private func email(_ result: AccountResult) -> HTML {
        guard !result.entry.email.isEmpty else { return "<bdi class=\"email\">(no email)</bdi>" }
        return "<span class=\"copied\"><bdi class=\"email\" data-copy>\(breakable(result.entry.email))</bdi></span>"
    }

    /// Marks where to break an email that does not fit on its line: before the domain, if possible.
    private func breakable(_ email: String) -> HTML {
        guard let at = email.lastIndex(of: "@"), at > email.startIndex else {
            return email.isEmpty ? "(no email)" : "\(email)"
        }
        return "\(String(email[..<at]))<wbr>\(String(email[at...]))"
    }

    /// Text in the face of code, which a button copies.
    func copied(_ text: String) -> HTML {
        "<span class=\"copied\"><span class=\"code\" data-copy>\(text)</span></span>"
    }
}
