"""The projector in the last row's eyes: every case at every stage, on the screens that lecture halls have."""

import os
import random
from pathlib import Path

import httpx
import pytest
from test_server_pages import address, store  # noqa: F401 - fixtures are found by their names

pytestmark = [pytest.mark.browser, pytest.mark.long]

SIZES = [(1280, 720), (1366, 768), (1920, 1080), (1024, 768), (1280, 576)]
"""The last is a window of 80 % of the height, as under a browser's bars."""
STAGES = ("first", "discuss", "discussed", "reveal")
SHOTS = Path(__file__).parents[2] / "build" / "screens"
FAULTS = """() => {
  const faults = [], least = 0.022 * innerHeight;
  const seen = (node) => node.getClientRects().length && !node.closest('.bd-unseen, #stage');
  const main = document.querySelector('main'), strip = document.querySelector('footer');
  for (const box of [main, ...main.querySelectorAll(':scope > section')]) {
    if (box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth) faults.push(`${box.id} is cut off`);
  }
  if (strip.getBoundingClientRect().bottom > innerHeight + 1) faults.push('strip below the edge');
  if (strip.scrollWidth > strip.clientWidth) faults.push('strip too wide');
  for (const id of ['corner-qr', 'corner-code', 'count', 'place']) {
    const node = document.getElementById(id);
    if (node.textContent || id === 'corner-qr') {
      const box = node.getBoundingClientRect();
      if (!box.width || box.right > innerWidth || box.bottom > innerHeight) faults.push(`${id} is not to be seen`);
    }
  }
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || ['SCRIPT', 'NOSCRIPT'].includes(node.tagName) || !seen(node)) continue;
    const size = parseFloat(getComputedStyle(node).fontSize);
    if (size < least - 0.01) faults.push(`${size.toFixed(1)} px: ${text.data.slice(0, 30)}`);
    if (node.matches('.bd-codes') && node.scrollWidth > node.parentElement.clientWidth + 1) faults.push(`cut: ${text.data}`);
  }
  const bottoms = [...document.querySelectorAll('.bd-groups .bd-bars')].map((node) => node.getBoundingClientRect().bottom);
  const floors = new Set(bottoms.map(Math.round));
  if (floors.size > 1) faults.push(`bars stand on ${floors.size} lines`);
  const bars = [...document.querySelectorAll('.bd-group .bd-bar')].map((bar) => bar.getBoundingClientRect().height);
  if (bars.length && Math.max(...bars) < 0.35 * innerHeight) faults.push(`tallest bar ${Math.max(...bars)} px`);
  return faults;
}"""


def test_nothing_of_any_case_is_cut_off_or_small(address, browser, course):  # noqa: F811
    ids = list(course.vignettes)
    if some := os.environ.get("BOUNDARIES_SCREENS"):
        ids = some.split()
    http = httpx.Client(base_url=address, headers={"authorization": "Bearer key"}, timeout=30)

    def post(path, body):
        return http.post(f"/api/sessions{path}", json=body).raise_for_status().json()

    made = post("", {"title": "Ethics of everyday life, week seven", "vignettes": ids})
    code, dice, faults = made["code"], random.Random(7), {}
    page = browser.new_page()
    page.goto(made["screen_url"])
    page.wait_for_selector("[data-ready]")
    for id in ids:
        for stage in STAGES:
            state = post(f"/{code}/stage", {"vignette": id, "stage": stage, "seconds": 90})
            if stage in ("first", "discussed"):
                answers = [(f"{n:032x}", dice.choice([1, 2, 2, 3, 3, 3, 4, 5])) for n in range(60)]
                post(
                    f"/{code}/judgments",
                    [
                        {
                            "token": token,
                            "vignette": id,
                            "phase": stage,
                            "rating": rating,
                            "confidence": 2,
                        }
                        for token, rating in answers
                    ],
                )
            words = state["case"]["title"] if stage != "reveal" else None
            page.wait_for_selector(f"body[data-stage={stage}]")
            if words:
                page.locator("#title", has_text=words).wait_for()
            else:
                page.locator(".bd-group .bd-bar").first.wait_for()
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(30)
                if wrong := page.evaluate(FAULTS):
                    faults[id, stage, width, height] = wrong
                if len(ids) < 9 or (id, stage, width, height) in faults:
                    SHOTS.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=SHOTS / f"{id}-{stage}-{width}x{height}.png")
    page.close()
    http.close()
    assert faults == {}
