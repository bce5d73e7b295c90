"""The projector in the last row's eyes: every case at every stage, on the screens that lecture halls have."""

import os
import random
from pathlib import Path

import httpx
import pytest
from test_server_pages import address, store  # noqa: F401 - fixtures are found by their names

pytestmark = pytest.mark.browser

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


SAMPLE = ["a-team-of-four", "firewood-until-spring", "three-ways-to-go-on"]
"""Cases with the longest text, the most bands, and the longest act."""


class Projector:
    """A lecture of these cases, and its projector's page, which is looked at in every size."""

    def __init__(self, url, browser, ids, sizes):
        headers = {"authorization": "Bearer key"}
        # No connection rests so long that the server may be closing it while a request goes out.
        limits = httpx.Limits(keepalive_expiry=1)
        self.http = httpx.Client(base_url=url, headers=headers, timeout=30, limits=limits)
        self.ids, self.sizes, self.faults, self.dice = ids, sizes, {}, random.Random(7)
        made = self.post("", title="Ethics of everyday life, week seven", vignettes=ids)
        self.code = made["code"]
        self.page = browser.new_page()
        self.page.goto(made["screen_url"])
        self.page.wait_for_selector("[data-ready]")

    def post(self, path, **body):
        answer = self.http.post(f"/api/sessions{path}", json=body)
        return answer.raise_for_status().json()

    def go(self, id, stage, answers=60):
        """To a stage; that many judge where it is a round."""
        state = self.post(f"/{self.code}/stage", vignette=id, stage=stage, seconds=90)
        if stage in ("first", "discussed"):
            rows = []
            for n in range(answers):
                rating = self.dice.choice([1, 2, 2, 3, 3, 3, 4, 5])
                row = {"vignette": id, "phase": stage, "rating": rating, "confidence": 2}
                rows.append(row | {"token": f"{n:032x}"})
            path = f"/api/sessions/{self.code}/judgments"
            self.http.post(path, json=rows).raise_for_status()
        self.page.wait_for_selector(f"body[data-stage={stage}]")
        if stage == "reveal":
            self.page.locator(".bd-group").first.wait_for()
        else:
            self.page.locator("#title", has_text=state["case"]["title"]).wait_for()

    def look(self, id, stage, note=""):
        for width, height in self.sizes:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.wait_for_timeout(60)
            name = f"{id}-{stage}{note}-{width}x{height}"
            wrong = self.page.evaluate(FAULTS)
            if wrong:  # where much else runs, the text may not have been fitted yet
                self.page.wait_for_timeout(500)
                wrong = self.page.evaluate(FAULTS)
            if wrong:
                self.faults[name] = wrong
            if wrong or len(self.ids) < 9:
                SHOTS.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=SHOTS / f"{name}.png")

    def close(self):
        self.page.close()
        self.http.close()


@pytest.fixture
def projector(address, browser):  # noqa: F811
    """projector(ids, sizes)."""
    made = []

    def opened(ids, sizes=SIZES):
        made.append(Projector(address, browser, ids, sizes))
        return made[-1]

    yield opened
    for each in made:
        each.close()


def test_the_longest_cases_are_not_cut_off_on_the_smallest_screens(projector):
    screen = projector(SAMPLE, [(1024, 768), (1280, 576)])
    for id in SAMPLE:
        for stage in STAGES:
            screen.go(id, stage)
            screen.look(id, stage)
    assert screen.faults == {}


@pytest.mark.parametrize("answers", [3, 60])
def test_a_split_room_and_one_of_three_are_not_cut_off_either(projector, answers):
    id = "firewood-until-spring"
    screen = projector([id], [(1280, 720), (1024, 768)])
    screen.post(f"/{screen.code}/level", vignette=id, level="split")
    for stage in STAGES:
        screen.go(id, stage, answers)
        if stage == "first" and answers < 5:
            counts = [4, 9, 12, 5, 1]
            screen.post(f"/{screen.code}/hands", vignette=id, phase="first", counts=counts)
        screen.look(id, stage, f"-split-{answers}")
    assert screen.faults == {}


@pytest.mark.long
def test_nothing_of_any_case_is_cut_off_or_small(projector, course):
    ids = list(course.vignettes)
    if some := os.environ.get("BOUNDARIES_SCREENS"):
        ids = some.split()
    screen = projector(ids)
    for id in ids:
        for stage in STAGES:
            screen.go(id, stage)
            screen.look(id, stage)
    assert screen.faults == {}
