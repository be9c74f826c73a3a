"use strict";
// The list of accounts: search, filter, and details on demand. All text goes in by textContent, never as markup.
(() => {
  const portion = 100;
  const printed = 1000;

  const element = (id) => document.getElementById(id);
  const node = element("data");
  const data = JSON.parse(node.textContent);
  node.remove();

  const [finder, query, filters, hits, list, more, said] =
    ["finder", "query", "filters", "hits", "list", "more", "said"].map(element);

  // The members of a row, in the order in which the program writes them.
  const accounts = data.rows.map(
    ([entry, line, id, email, status, effectiveAt, reason, outcome, tunnelDown, errors, items, rows, interfaces,
      earlier, since, subscription, deferral, restorable, kept = [], left = []]) => ({
      entry, line, id, email, status, effectiveAt, reason, outcome: data.outcomes[outcome], tunnelDown, errors, items,
      rows, interfaces, earlier, since, subscription, deferral, restorable, kept, left,
    }));
  // Those that neither changed nor need anybody, which only the search shows.
  const others = data.others.map(([entry, line, id, email, outcome, reason]) => ({
    entry, line, id, email, status: null, effectiveAt: null, reason: null, outcome: data.outcomes[outcome],
    tunnelDown: null, errors: reason === null ? [] : [data.reasons[reason].replaceAll("\ufffc", email)], items: [],
    rows: [], interfaces: [], earlier: null, since: null, subscription: null, deferral: null, restorable: null, kept: [], left: [],
  }));
  delete data.rows;
  delete data.others;
  const needsAttention = (account) => account.outcome.attention || account.tunnelDown === false || account.tunnelDown === "unseen";

  // What a group of peers and a user are called follows from the email, so the program leaves it out.
  const identifier = (account, [kind, given]) => given ?? account.email + (data.kinds[kind].suffix ?? "");

  const place = (account) => (account.line === null ? `entry ${account.entry}` : `line ${account.line}`);

  // MARK: Finding

  let haystacks;
  const haystack = (account) =>
    [
      place(account), account.email, account.id, account.reason, account.status, account.outcome.name,
      account.outcome.label, account.since,
      ...account.interfaces.map((number) => "wg" + number), ...account.errors,
      ...account.items.map(([, given]) => given), ...[...account.kept, ...account.left].map(([, name]) => name),
    ].filter(Boolean).join("\n").toLowerCase();

  const everybody = accounts.concat(others);
  const searched = () => (query.value.trim() === "" ? accounts : everybody);

  const find = () => {
    haystacks ??= everybody.map(haystack);
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = filters.querySelector("input:checked")?.value ?? "all";
    return searched().filter((account, index) =>
      (chosen === "all" || (chosen === "attention" ? needsAttention(account)
        : chosen === "new" ? account.since === "new" : account.outcome.name === chosen))
      && words.every((word) => haystacks[index].includes(word)));
  };

  let found = accounts;
  let shown = 0;

  const update = () => {
    found = find();
    shown = 0;
    list.replaceChildren();
    show(portion);
    const [count, all] = [found.length, searched().length].map((number) => number.toLocaleString("en"));
    hits.textContent = count === all ? `${all} ${all === "1" ? "account" : "accounts"}` : `${count} of ${all} accounts`;
  };

  const show = (count) => {
    const next = found.slice(shown, shown + count);
    list.append(...next.map(item));
    shown += next.length;
    const left = found.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(portion, left)} more of ${left.toLocaleString("en")}`;
  };

  // MARK: One account

  const make = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content.filter((part) => part !== null && part !== undefined));
    return made;
  };

  const plural = (count, one, many = one + "s") => `${count} ${count === 1 ? one : many}`;

  // A line that is too short breaks before the domain, if it can.
  const breakable = (email) => {
    const at = email.lastIndexOf("@");
    return at < 1 ? [email] : [email.slice(0, at), make("wbr", ""), email.slice(at)];
  };

  // In a few words: why not, or what went.
  const gist = (account) => {
    if (account.errors.length > 0) return account.errors.join("; ");
    return account.items
      .map(([kind, , peers]) => {
        const name = data.kinds[kind].short;
        return peers === undefined ? name : `${name} with ${plural(peers, "peer")}`;
      })
      .join(", ");
  };

  const item = (account) => {
    const email = make("bdi", "email", ...breakable(account.email || "(no email)"));
    const tag = make("span", "tag " + account.outcome.name, account.outcome.label);
    if (account.since) tag.append(" ", make("span", account.since === "new" ? "new" : "since", account.since));
    const summary = make(
      "summary", "", make("span", "place", place(account)), email, make("span", "gist", gist(account)), tag);
    const details = make("details", needsAttention(account) ? "attention" : "", summary);
    // Most are never opened, so their insides are made when they are.
    details.addEventListener("toggle", () => details.append(inside(account)), { once: true });
    return make("li", "", details);
  };

  const inside = (account) => {
    const facts = make("dl", "");
    const fact = (name, ...content) => facts.append(make("div", "", make("dt", "", name), make("dd", "", ...content)));

    if (account.email) fact("Email", copied(make("bdi", "code", account.email)));
    if (account.errors.length > 0) {
      fact(needsAttention(account) ? "Why" : "Note", texts(account.errors));
    }
    if (account.items.length > 0) {
      fact("Removed", make("ul", "", ...account.items.map((entry) => removed(account, entry))));
      if (account.interfaces.length > 0) {
        fact(account.interfaces.length === 1 ? "Interface" : "Interfaces",
          account.interfaces.map((number) => "wg" + number).join(", "));
      }
    } else {
      fact("Removed", "nothing");
    }
    if (account.kept.length > 0) fact("Kept restricted", make("ul", "", ...account.kept.map(named)));
    if (account.restorable) fact("Can come back", `until ${account.restorable}, with wg-reconcile restore`);
    if (account.left.length > 0) fact("Left behind", make("ul", "", ...account.left.map(named)));
    if (account.rows.length > 0) fact("Rows", tables(account.rows));
    if (account.items.length > 0 || account.tunnelDown !== null) fact("Tunnel", tunnel(account));
    if (account.earlier) fact("Earlier", `removed by run ${account.earlier[0]} at ${account.earlier[1]}`);
    fact("In the feed", feed(account));
    return facts;
  };

  const texts = (lines) => make("ul", "", ...lines.map((line) => make("li", "", make("bdi", "", line))));

  const removed = (account, entry) => {
    const [kind, , peers] = entry;
    const peersToo = peers === undefined ? "" : ` with ${plural(peers, "peer")}`;
    return make("li", "", data.kinds[kind].label + " ", make("bdi", "code", identifier(account, entry)), peersToo);
  };

  const named = ([label, name, what]) => make("li", "", label + " ", make("bdi", "code", name), ": " + what);

  const tables = (rows) => {
    const words = [];
    for (let index = 0; index < rows.length; index += 2) words.push(`${data.tables[rows[index]]} ${rows[index + 1]}`);
    return make("span", "code", words.join(", "));
  };

  const tunnel = ({ tunnelDown }) =>
    tunnelDown === null ? "could not be seen from here"
      : tunnelDown === "unseen" ? "could not be seen: a removed key may still be on an interface"
      : tunnelDown ? "down: none of its keys is left on any interface"
        : "still up: a removed key is left on an interface";

  const feed = (account) =>
    make("bdi", "", [
      `entry ${account.entry}`, account.line && `line ${account.line}`, account.id && `account ${account.id}`,
      account.subscription && `subscription ${account.subscription}`,
      account.deferral && `put off by ${account.deferral}`,
      account.status && `status ${account.status}`, account.effectiveAt && `effective at ${account.effectiveAt}`,
      account.reason && `reason: ${account.reason}`,
    ].filter(Boolean).join(", "));

  // MARK: Copying

  // Without a clipboard, as in an old browser, the text is selected, so that a key copies it.
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };

  const copy = async (node) => {
    try {
      await navigator.clipboard.writeText(node.textContent);
      return "copied";
    } catch {
      select(node);
      return document.execCommand("copy") ? "copied" : "selected";
    }
  };

  const copied = (node) => {
    const button = make("button", "copy", "copy");
    button.type = "button";
    button.setAttribute("aria-label", "Copy " + node.textContent);
    button.addEventListener("click", async () => {
      button.textContent = await copy(node);
      said.textContent = `${button.textContent}: ${node.textContent}`;
      setTimeout(() => { button.textContent = "copy"; }, 2000);
    });
    return make("span", "copied", node, button);
  };

  for (const node of document.querySelectorAll("[data-copy]")) {
    const parent = node.parentElement;
    parent.append(copied(node).lastChild);
    parent.prepend(node);
  }

  // MARK: The filters: only those that would find something

  const filter = (value, label, count) => {
    if (count === 0) return;
    const input = make("input", "");
    Object.assign(input, { type: "radio", name: "filter", value, checked: value === "all" });
    filters.append(make("label", "", input, make("span", "", `${label} `, make("b", "", count.toLocaleString("en")))));
  };

  const counts = new Map();
  for (const { outcome } of accounts) counts.set(outcome.name, (counts.get(outcome.name) ?? 0) + 1);
  filter("all", "all", accounts.length);
  filter("attention", "needs attention", accounts.filter(needsAttention).length);
  filter("new", "new", accounts.filter(({ since }) => since === "new").length);
  for (const { name, label } of data.outcomes) filter(name, label, counts.get(name) ?? 0);

  // MARK: What the reader does

  finder.addEventListener("submit", (event) => event.preventDefault());
  query.addEventListener("input", update);
  filters.addEventListener("change", update);
  more.addEventListener("click", () => {
    const first = shown;
    show(portion);
    // The button moves away from under the reader, so the focus goes to what it brought.
    list.children[first]?.querySelector("summary").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== query && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
    }
  });
  addEventListener("beforeprint", () => show(Math.max(0, printed - shown)));

  finder.hidden = everybody.length === 0;
  filters.parentElement.hidden = accounts.length === 0;
  if (everybody.length > 0) update();
})();
