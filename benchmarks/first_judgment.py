"""How long a student waits for a first judgment, with nothing installed: `python benchmarks/first_judgment.py`.

A homework's page on a phone (390 wide, Slow 4G as in Chromium's developer tools, processor four times slower), from
the link on; and the lesson as one HTML file on a laptop, from opening it on. Each run is a browser context that was
never there: until the first page can be used, then until the receipt says that the first judgment is stored. The
digits choose, so what is measured is waiting and not a person's reading.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from playwright.sync_api import Browser, CDPSession, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "lectures")]

from conftest import CHROMIUM_ARGS, chromium_path  # noqa: E402 - the tests' own browser
from test_server_pages import running  # noqa: E402 - a server on a thread

from boundaries.answers.store import Store  # noqa: E402
from boundaries.content import load  # noqa: E402
from boundaries.instructor.page import write_page  # noqa: E402

TYPE = "business"
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
STORED = {"link": "Sent and stored.", "file": "Kept in this browser."}

# 1.6 Mbit/s down, 0.75 up, less a tenth; latency 150 ms, of which a first request pays nearly four.
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 0.75e6 / 8 * 0.9,
}


def throttle(session: CDPSession) -> None:
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def first_judgment(browser: Browser, kind: str, address: str) -> tuple[float, float, float]:
    """Seconds until the page can be used, seconds until a judgment is stored, kB on the wire."""
    context = browser.new_context(viewport=PHONE if kind == "link" else LAPTOP)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    if kind == "link":
        throttle(session)
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-ready]")
    usable = time.perf_counter() - began
    page.get_by_role("button", name="Begin").press("Enter")
    for key in ("2", "3", "Enter"):
        page.keyboard.press(key)
    page.locator("#form [role=status]", has_text=STORED[kind]).wait_for()
    stored = time.perf_counter() - began
    context.close()
    return usable, stored, sum(received) / 1000


def addresses(folder: Path) -> Iterator[tuple[str, str]]:
    content = load()
    yield "file", write_page(TYPE, content, folder / f"{TYPE}.html").as_uri()
    ids = [item.id for item in content.of_type(TYPE)]
    body = {"title": "Business", "mode": "homework", "vignettes": ids, "session": "spring"}
    with running(Store(folder / "class.sqlite"), content) as url:
        head = {"authorization": "Bearer key"}
        yield "link", httpx.post(f"{url}/api/sessions", json=body, headers=head).json()["join_url"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        for kind, address in addresses(Path(folder)):
            measured = [first_judgment(browser, kind, address) for _ in range(runs)]
            for place, what in enumerate(("usable", "stored", "kB")):
                values = [run[place] for run in measured]
                middle, least, most = statistics.median(values), min(values), max(values)
                print(f"{kind}: {what} {middle:.1f} ({least:.1f} to {most:.1f})")
        browser.close()


if __name__ == "__main__":
    main()
