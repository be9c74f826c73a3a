#!/usr/bin/env python3
"""Looks at report.html in a real browser: report_page_tests.py CHROMIUM FOLDER.

FOLDER holds the pages night.html (every outcome, hostile emails), quiet.html, stopped.html and large.html (50,000
accounts), and night.json with what night.html has to show. Prints one line of JSON for each test.

With WG_RECONCILE_AXE, the path of an axe.min.js, axe-core looks for faults of accessibility too. With
WG_RECONCILE_SCREENSHOTS, a folder, pictures are left there.
"""

import json
import os
import re
import sys
import time
import unittest

from chromium import Chromium, Page

PROGRAM, FOLDER = sys.argv[1:3]
AXE = os.environ.get("WG_RECONCILE_AXE")
SCREENSHOTS = os.environ.get("WG_RECONCILE_SCREENSHOTS")

# The lowest contrast of text on the page, by the formula of WCAG 2, and where it is.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  let lowest = { ratio: 21, text: "", count: 0 };
  let count = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ checkVisibilityCSS: true })) continue;
    if (element.matches("script, style, noscript")) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    count += 1;
    if (ratio < lowest.ratio) lowest = { ratio, text: texts.currentNode.data.trim() };
  }
  return { ...lowest, count };
})()"""

# Searches as a reader does, and says how long it took until the result was painted.
SEARCH = """((text) => new Promise((done) => {
  const query = document.getElementById("query");
  const start = performance.now();
  query.value = text;
  query.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
}))(%s)"""


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Chromium(PROGRAM)
        with open(os.path.join(FOLDER, "night.json"), encoding="utf-8") as file:
            cls.night = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def open(self, name, **settings):
        page = Page(self.browser, os.path.join(FOLDER, name + ".html"), **settings)
        self.addCleanup(page.close)
        return page

    def emails(self, page):
        return page.evaluate("[...document.querySelectorAll('#list .email')].map((e) => e.textContent)")

    def search(self, page, text):
        return page.evaluate(SEARCH % json.dumps(text))

    def test_renders_without_complaint_and_asks_for_nothing(self):
        for name in ("night", "quiet", "stopped", "large", "reports/index"):
            page = self.open(name)
            self.assertEqual(page.complaints(), [], name)
            self.assertEqual(page.requests(), [], name)
            self.assertTrue(page.evaluate("document.querySelector('h1').textContent"), name)

    def test_shows_every_account_that_changed_or_needs_a_person_and_no_other(self):
        self.assertEqual(self.emails(self.open("night")), self.night["listed"])

    def test_what_stood_in_the_feed_stays_text(self):
        page = self.open("night")
        for index in range(len(self.night["listed"])):
            page.evaluate(f"document.querySelectorAll('#list summary')[{index}].click()")
        self.assertIsNone(page.evaluate("window.alarm ?? null"))
        self.assertEqual(page.evaluate("document.querySelectorAll('main script, main img, main a[href^=javascript]').length"), 0)
        self.assertEqual(page.evaluate("document.scripts.length"), 1)
        shown = page.evaluate("document.body.innerText")
        for email in self.night["hostile"]:
            self.assertIn(email, shown)
        self.assertIsNone(re.search("[\\u0000-\\u0008\\u200b-\\u200f\\u202a-\\u202e\\u2028\\u2029]", shown))

    def test_lets_no_other_script_or_style_pass(self):
        page = self.open("night")
        page.evaluate("""(() => {
          const script = document.createElement("script");
          try { script.textContent = "window.alarm = 1"; document.body.append(script); } catch {}
          const style = document.createElement("style");
          style.textContent = "h1 { display: none }";
          document.head.append(style);
          try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.alarm = 1'>"); } catch {}
        })()""")
        self.assertIsNone(page.evaluate("window.alarm ?? null"))
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('h1')).display"), "block")
        self.assertIn("Content Security Policy", " ".join(page.complaints()))

    def test_search_finds_by_any_word_and_says_how_many(self):
        page = self.open("night")
        for text, found in self.night["searches"].items():
            self.search(page, text)
            self.assertEqual(self.emails(page), found, text)
            hits = page.evaluate("document.querySelector('[role=status]').textContent")
            self.assertEqual(hits, f"{len(found)} of {self.night['all']} accounts", text)
        self.search(page, "")
        self.assertEqual(len(self.emails(page)), len(self.night["listed"]))

    def test_search_finds_what_changed_nothing_by_its_place_and_reason(self):
        page = self.open("night")
        for text, found in self.night["others"].items():
            self.search(page, text)
            self.assertEqual(self.emails(page), found, text)
            self.assertIn("skipped", page.evaluate("document.querySelector('#list').innerText"))

    def test_copies_an_email_and_a_digest(self):
        page = self.open("night")
        # What the clipboard gets, without the right to read one.
        page.evaluate("navigator.clipboard.writeText = async (text) => { window.taken = text; }")
        for selector, text in self.night["copies"].items():
            page.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
            page.evaluate("new Promise((done) => setTimeout(done, 50))")
            self.assertEqual(page.evaluate("window.taken"), text)
            self.assertIn("copied: " + text, page.evaluate("document.getElementById('said').textContent"))

    def test_selects_what_it_cannot_copy(self):
        page = self.open("night")
        page.evaluate("navigator.clipboard.writeText = undefined; document.execCommand = () => false")
        for selector, text in self.night["copies"].items():
            page.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
            page.evaluate("new Promise((done) => setTimeout(done, 50))")
            self.assertEqual(page.evaluate("getSelection().toString()"), text)
            self.assertIn("selected", page.evaluate("document.getElementById('said').textContent"))

    @staticmethod
    def follow(page, link, end):
        """Follows a link, and waits until the page at its end has been loaded."""
        page.evaluate(f"document.querySelector('a[rel={link}]').click()")
        for _ in range(100):
            try:
                if page.evaluate(f"location.href.endsWith({json.dumps(end)}) && document.readyState === 'complete'"):
                    return
            except RuntimeError:
                pass  # The page has just gone.
            time.sleep(0.1)
        raise AssertionError(f"{link} does not lead to {end}")

    def test_leads_to_the_runs_before_and_after(self):
        run = self.night["runs"]
        folder = os.path.join(FOLDER, "reports")
        for start, link, end in [(1, "prev", 0), (1, "next", 2), (0, "next", 1)]:
            page = Page(self.browser, os.path.join(folder, run[start], "report.html"))
            self.addCleanup(page.close)
            self.follow(page, link, run[end] + "/report.html")
        page = Page(self.browser, os.path.join(folder, run[2], "report.html"))
        self.addCleanup(page.close)
        self.follow(page, "next", "index.html#after-" + run[2])
        self.assertIn("No later run has a report here.", page.evaluate("document.body.innerText"))

    def test_filters_by_outcome(self):
        page = self.open("night")
        for value, found in self.night["filters"].items():
            page.evaluate(f"document.querySelector('#filters [value={value}]').click()")
            self.assertEqual(self.emails(page), found, value)

    def test_works_from_the_keyboard_alone(self):
        page = self.open("night")
        focused = "document.activeElement.outerHTML.slice(0, 80)"
        page.tab()
        self.assertIn("skip", page.evaluate(focused))
        page.press("Enter", text="\r", code=13)
        self.assertEqual(page.evaluate("document.activeElement.id"), "accounts")
        page.tab()
        self.assertEqual(page.evaluate("document.activeElement.id"), "query")
        page.type("acct-0001")
        self.assertEqual(self.emails(page), ["anna@example.com"])
        page.tab()
        self.assertEqual(page.evaluate("document.activeElement.name"), "filter")
        page.tab()
        self.assertEqual(page.evaluate("document.activeElement.tagName"), "SUMMARY")
        self.assertNotEqual(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        page.press("Enter", text="\r", code=13)
        # The details come with an event of their own.
        page.evaluate("new Promise((done) => setTimeout(done, 100))")
        details = page.evaluate("document.activeElement.parentElement.innerText")
        for text in self.night["details"]:
            self.assertIn(text, details)
        page.press("/", text="/")
        self.assertEqual(page.evaluate("document.activeElement.id"), "query")

    def test_fifty_thousand_accounts_are_searched_in_no_time(self):
        page = self.open("large")
        self.assertEqual(page.evaluate("document.querySelector('[role=status]').textContent"), "50,000 accounts")
        times = [self.search(page, text) for text in ("customer49999", "customer12345@", "nobody", "c", "removed 77")]
        print("searches of 50,000 took", [f"{time:.0f} ms" for time in times], file=sys.stderr)
        # The machine may be busy with other things for a moment, so the slowest one does not count.
        self.assertLess(sorted(times)[-2], 200)
        self.search(page, "customer49999@example.com")
        self.assertEqual(self.emails(page), ["customer49999@example.com"])
        self.search(page, "")
        self.assertEqual(len(self.emails(page)), 100)
        page.evaluate("document.getElementById('more').click()")
        self.assertEqual(len(self.emails(page)), 200)
        self.assertEqual(page.evaluate("document.activeElement.textContent.includes('customer00100@')"), True)

    def test_is_dark_where_the_reader_likes_it(self):
        colour = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every((part) => part %s)"
        self.assertTrue(self.open("night", dark=True).evaluate(colour % "< 60"))
        self.assertTrue(self.open("night").evaluate(colour % "> 220"))

    def test_all_text_has_contrast(self):
        for name in ("night", "stopped", "quiet", "reports/index"):
            for dark in (False, True):
                page = self.open(name, dark=dark)
                page.evaluate("document.querySelectorAll('details').forEach((details) => details.open = true)")
                lowest = page.evaluate(CONTRAST)
                self.assertGreater(lowest["count"], 20)
                self.assertGreaterEqual(lowest["ratio"], 4.5, f"{name}, dark: {dark}: {lowest['text']}")

    def test_fits_a_phone(self):
        for name in ("night", "stopped", "quiet", "large", "reports/index"):
            for width in (320, 360, 390):
                page = self.open(name, width=width)
                page.evaluate("[...document.querySelectorAll('details')].slice(0, 30).forEach((d) => d.open = true)")
                page.evaluate("new Promise((done) => setTimeout(done, 100))")
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width, name)

    def test_is_fit_for_print(self):
        page = self.open("night", media="print", dark=True)
        self.assertEqual(page.evaluate("getComputedStyle(document.getElementById('finder')).display"), "none")
        self.assertEqual(page.evaluate("getComputedStyle(document.body).color"), "rgb(0, 0, 0)")
        # Of a long list more is printed than the screen shows at first, and not all of it.
        page = self.open("large")
        self.assertTrue(page.pdf().startswith(b"%PDF"))
        self.assertEqual(len(self.emails(page)), 1000)

    def test_says_what_matters_without_scripts(self):
        page = self.open("night", scripts=False)
        document = page.call("DOM.getDocument", depth=-1)
        text = self.visible_text(page, document["root"])
        for expected in self.night["static"]:
            self.assertIn(expected, text)

    def visible_text(self, page, node):
        if node["nodeName"] in ("SCRIPT", "STYLE"):
            return ""
        return node.get("nodeValue", "") + "".join(self.visible_text(page, child) for child in node.get("children", []))

    def test_has_landmarks_headings_in_order_and_names_for_its_fields(self):
        for name in ("night", "stopped", "quiet", "reports/index"):
            page = self.open(name)
            for selector in ("header", "main", "footer", "html[lang]", "title"):
                self.assertEqual(page.evaluate(f"document.querySelectorAll('{selector}').length"), 1, selector)
            levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => +h.tagName[1])")
            self.assertEqual(levels[0], 1)
            self.assertEqual(levels.count(1), 1)
            self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
            unnamed = "[...document.querySelectorAll('input')].filter((i) => i.labels.length === 0).length"
            self.assertEqual(page.evaluate(unnamed), 0)

    @unittest.skipUnless(AXE, "WG_RECONCILE_AXE names no axe.min.js")
    def test_axe_finds_no_fault(self):
        with open(AXE, encoding="utf-8") as file:
            axe = file.read()
        for name in ("night", "stopped", "quiet"):
            for settings in ({}, {"dark": True}, {"width": 390}):
                page = self.open(name, **settings)
                page.evaluate("document.querySelectorAll('details').forEach((details) => details.open = true)")
                page.evaluate("new Promise((done) => setTimeout(done, 100))")
                page.evaluate(axe + "; null")
                faults = page.evaluate(
                    "axe.run().then((found) => found.violations.map((v) => "
                    "v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' | ')))")
                self.assertEqual(faults, [], f"{name} {settings}")

    @unittest.skipUnless(SCREENSHOTS, "WG_RECONCILE_SCREENSHOTS names no folder")
    def test_pictures(self):
        for name in ("night", "stopped", "quiet"):
            for kind, settings in {"light": {}, "dark": {"dark": True}, "phone": {"width": 390}}.items():
                page = self.open(name, **settings)
                page.evaluate("document.querySelector('#list details')?.setAttribute('open', '')")
                page.evaluate("new Promise((done) => setTimeout(done, 100))")
                page.screenshot(os.path.join(SCREENSHOTS, f"{name}-{kind}.png"))
            with open(os.path.join(SCREENSHOTS, name + ".pdf"), "wb") as file:
                file.write(page.pdf())


class LinesOfJSON(unittest.TestResult):
    def _say(self, test, state, why=""):
        print(json.dumps({"test": test.id().split(".")[-1], "state": state, "why": why}), flush=True)

    def addSuccess(self, test):
        self._say(test, "passed")

    def addSkip(self, test, reason):
        self._say(test, "skipped", reason)

    def addFailure(self, test, error):
        self._say(test, "failed", self._exc_info_to_string(error, test))

    addError = addFailure


if __name__ == "__main__":
    unittest.defaultTestLoader.loadTestsFromTestCase(ReportPage).run(LinesOfJSON())
