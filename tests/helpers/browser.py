"""A headless browser that does what a person does: opens a page, waits, looks."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 120.0


class Page:
    """One page of a browser, driven by the protocol of its developer tools."""

    def __init__(self, address: str) -> None:
        from websocket import create_connection

        self._line = create_connection(address, timeout=PATIENCE, suppress_origin=True)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._line.close()

    def call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (said := json.loads(self._line.recv())).get("id") != number:
            pass
        return said["result"]

    def value_of(self, expression: str) -> Any:
        """What an expression of JavaScript is worth; of a promise, what it promises."""
        said = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return said["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Returns once the expression is true."""
        ends = time.monotonic() + PATIENCE
        while not self.value_of(expression):
            assert time.monotonic() < ends, f"in vain: {expression}; the page says {self.text()[-2000:]}"
            time.sleep(0.2)

    def text(self) -> str:
        """All that can be read on the page."""
        return str(self.value_of("document.body.innerText"))

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def page_at(url: str, folder: Path, size: str = "1000,1400") -> Iterator[Page]:
    """A page of a new browser that keeps its own things in a folder."""
    assert BROWSER
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--window-size={size}"]
    browser = subprocess.Popen(
        [BROWSER, *options, f"--user-data-dir={folder}", url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with closing(Page(_debugger(folder))) as page:
            yield page
    finally:
        browser.kill()
        browser.wait()


def _debugger(folder: Path) -> str:
    """The address of the first page, as soon as the browser says its port."""
    port, ends = folder / "DevToolsActivePort", time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < ends, "the browser does not start"
        time.sleep(0.2)
        if not port.exists() or not (lines := port.read_text().splitlines()):
            continue
        with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        if pages:
            return str(pages[0]["webSocketDebuggerUrl"])
