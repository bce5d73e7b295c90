"""How long the website of `make lite` takes to its first form: `python benchmarks/lite.py`, after `make lite`.

Cold: a browser that was never there. Warm: a new browser process that has what the one before it kept. Both from the
address to the first radio button of notebook 00 on screen, with all cells run by the menu's command as soon as the
kernel answers.
"""

import json
import runpy
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
RUNS = 3
sys.path.insert(0, str(ROOT / "tests"))

from conftest import CHROMIUM_ARGS, chromium_path  # noqa: E402 - the tests' own browser
from laboratory import NotebookPage  # noqa: E402


def seconds_to_first_form(playwright, profile: Path, address: str) -> float:
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=chromium_path(), args=CHROMIUM_ARGS
    )
    page = context.new_page()
    page.set_default_timeout(180_000)
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate(NotebookPage.RUN_ALL)
    page.locator(".bd-card .bd-rating input").first.wait_for()
    took = time.perf_counter() - began
    context.close()
    return took


def main() -> None:
    serve = runpy.run_path(str(ROOT / "deploy" / "lite" / "serve.py"))
    serve["Handler"].log_message = lambda *line: None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as pw:
        site = Path(folder) / "site"
        shutil.copytree(ROOT / "dist" / "lite", site)
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        settings = json.loads((site / "jupyter-lite.json").read_bytes())
        settings["jupyter-config-data"]["exposeAppInBrowser"] = True
        (site / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
        server = serve["server_of"](site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        course = next((site / "files").iterdir()).name
        address = f"http://127.0.0.1:{server.server_port}/notebooks/index.html?path={course}/00-start-here.ipynb"
        times: dict[str, list[float]] = {"cold": [], "warm": []}
        for run in range(RUNS):
            for kind in times:
                profile = Path(folder) / f"profile-{run}"
                times[kind].append(seconds_to_first_form(pw, profile, address))
        server.shutdown()
    print(f"site: {size / 1e6:.0f} MB")
    for kind, measured in times.items():
        middle = statistics.median(measured)
        print(f"{kind}: {middle:.1f} s ({min(measured):.1f} to {max(measured):.1f})")


if __name__ == "__main__":
    main()
