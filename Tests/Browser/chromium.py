"""A headless Chromium, spoken to in its DevTools protocol over a pair of pipes; the standard library is all it takes."""

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time


class Chromium:
    """A browser of its own, with a profile that is gone afterwards. Knows nothing of any network."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="wg-reconcile-browser-")
        to_browser, self.to_browser = self._pipe()
        self.from_browser, from_browser = self._pipe()

        def take_descriptors():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        self.process = subprocess.Popen(
            [
                program, "--headless", "--remote-debugging-pipe", "--user-data-dir=" + self.profile,
                # As root, in a container, and without a graphics card: that is where tests run.
                "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=take_descriptors, start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.events = []

    @staticmethod
    def _pipe():
        # Clear of 3 and 4, where the browser looks for its ends.
        return [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in os.pipe()]

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method, session):
        while True:
            for event in self.events:
                if event.get("method") == method and event.get("sessionId") == session:
                    return event["params"]
            self.events.append(self._message())

    def _message(self):
        while b"\0" not in self.rest:
            portion = os.read(self.from_browser, 1 << 20)
            if not portion:
                raise RuntimeError("the browser has ended")
            self.rest += portion
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)


class Page:
    """A tab with a page in it. What the page asked for and what it complained about is noted from the start."""

    def __init__(self, browser, path, dark=False, width=1200, height=900, scripts=True, media=""):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.emulate(dark=dark, media=media)
        self.resize(width, height)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url="file://" + path)
        browser.wait_for("Page.loadEventFired", self.session)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.events.clear()

    def emulate(self, dark=False, media=""):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def resize(self, width, height=900):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def evaluate(self, expression):
        """The value of an expression of JavaScript; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def press(self, key, text=None, code=0):
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        for character in text:
            self.press(character, text=character)

    def tab(self):
        self.press("Tab", code=9)

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def requests(self):
        """What the page asked for, other than itself."""
        urls = [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith(("data:", "about:"))][1:]

    def complaints(self):
        texts = [str(event["params"]) for event in self._events("Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
        return texts + [event["params"]["entry"]["text"] for event in self._events("Log.entryAdded")]

    def _events(self, *methods):
        # One more answer, so that what came before it has arrived.
        self.evaluate("1")
        return [e for e in self.browser.events if e.get("method") in methods and e.get("sessionId") == self.session]
