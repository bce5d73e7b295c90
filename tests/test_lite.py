"""The website that `make lite` builds, in a real browser: judged, closed, opened again, upgraded, and without a drive.

The browser takes minutes, so it runs with `make long`. What is pure is tested here, in tests/answers/test_browser.py and in
tests/lessons/test_drawings.py.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import runpy
import shutil
import subprocess
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
from comm import DummyComm
from conftest import CHROMIUM_ARGS, chromium_path
from laboratory import NotebookPage, choose
from test_canary import canaries, plant

from boundaries.answers import browser as browser_store
from boundaries.answers import students
from boundaries.lessons import lesson as lesson_module
from boundaries.lessons import outputs
from boundaries.lessons.walk import Walk

ROOT = Path(__file__).parent.parent
NOTEBOOK = "00-start-here.ipynb"
PATIENCE = 180_000
ELSEWHERE = "course.example"

# What a cell prints.
PRINTED = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const run = kernel.requestExecute({ code });
  let printed = '';
  run.onIOPub = ({ content }) => { printed += content.text ?? content.evalue ?? ''; };
  await run.done;
  return printed;
}"""
BETWEEN_TWO_FILES = """
import time
from pathlib import Path
one, two = Path("/drive/one.json"), Path("/drive/two.json")
one.write_text("{}")
time.sleep(1.5)
two.write_text("{}")
print(two.stat().st_mtime - one.stat().st_mtime)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as it is built, with its app within a test's reach."""
    subprocess.run(["make", "lite"], cwd=ROOT, check=True)
    copy = tmp_path_factory.mktemp("lite") / "site"
    shutil.copytree(ROOT / "dist" / "lite", copy)
    settings = json.loads((copy / "jupyter-lite.json").read_bytes())
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    (copy / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
    return copy


@contextmanager
def served(site, port=0):
    """The address of the site."""
    serve = runpy.run_path(str(ROOT / "deploy" / "lite" / "serve.py"))
    handler = serve["Handler"]
    handler.log_message = lambda *line: None
    server = serve["server_of"](site, port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def browser_of(profile, *arguments):
    """A browser process with what an earlier one kept in `profile`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=chromium_path(), args=[*CHROMIUM_ARGS, *arguments]
        )
        asked = []
        context.on("request", lambda request: asked.append(request.url))
        yield context, asked
        context.close()


def open_notebook(context, url, site):
    folder = next((site / "files").iterdir()).name
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/notebooks/index.html?path={folder}/{NOTEBOOK}")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate(NotebookPage.RUN_ALL)
    return page


def judge(page, rating):
    card = page.locator(".bd-card:has(.bd-rating)").first
    choose(card.locator(f".bd-rating input >> nth={rating - 1}"))
    choose(card.locator(".bd-confidence input >> nth=1"))
    card.locator("button[type=submit]").click()


def upgrade(site):
    """Puts a new version in the place of the site: another folder of notebooks, with another sentence."""
    old = next((site / "files").iterdir())
    new = old.with_name("course-newest")
    old.rename(new)
    notebook = new / NOTEBOOK
    text = json.loads(notebook.read_bytes())
    text["cells"][0]["source"] = "# The newest version"
    notebook.write_text(json.dumps(text), encoding="utf-8")
    listing = site / "api" / "contents"
    (listing / old.name).rename(listing / new.name)
    for path in listing.rglob("all.json"):
        listed = path.read_text(encoding="utf-8")
        path.write_text(listed.replace(old.name, new.name), encoding="utf-8")


def test_the_lock_file_names_what_is_needed_and_every_file_that_it_names_is_there(tmp_path):
    """Without a request to anybody: a wheel of each is there already, as after a first build."""
    wheels = runpy.run_path(str(ROOT / "deploy" / "lite" / "wheels.py"))
    needs = {"jedi": ["parso"], "ipython": ["prompt_toolkit"], "parso": ["prompt_toolkit"]}
    known = {}
    for name in [*wheels["KNOWN"], "parso", "prompt-toolkit", "numpy"]:
        known[name] = {"name": name, "version": "1.0", "depends": needs.get(name, [])}
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    lock = {"packages": known}
    with tarfile.open(fetched / f"pyodide-{wheels['PYODIDE']}.tgz", "w:gz") as package:
        for name, data in (
            ("pyodide-lock.json", json.dumps(lock).encode()),
            ("pyodide.mjs.map", b""),
        ):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    versions = {name: version(name) for name in wheels["OURS"]}
    for name in known:
        make_wheel(fetched, name.replace("-", "_"), versions.get(name, "1.0"))
    for name, number in versions.items():
        make_wheel(fetched, name, number)
    make_wheel(tmp_path, "boundaries", "0.1")
    folder = tmp_path / "pyodide"
    parts = wheels["lay_pyodide"](folder, fetched, tmp_path / "boundaries-0.1-py3-none-any.whl")
    packages = json.loads((folder / "pyodide-lock.json").read_bytes())["packages"]
    assert set(packages) == {*known, *versions, "boundaries"} - {"numpy"}
    for entry in packages.values():
        data = (folder / entry["file_name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert set(entry["depends"]) <= {*packages, "prompt_toolkit"}
    # Its name changes with its bytes, so that no browser takes an older one for it.
    digest = packages["boundaries"]["sha256"][:8]
    assert packages["boundaries"]["file_name"] == f"boundaries-0.1-0{digest}-py3-none-any.whl"
    assert not (folder / "pyodide.mjs.map").exists()
    assert "jedi 1.0: MIT" in wheels["licences"](parts)


def make_wheel(folder, name, number):
    with zipfile.ZipFile(folder / f"{name}-{number}-py3-none-any.whl", "w") as archive:
        text = (
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {number}\nLicense-Expression: MIT\n\n"
        )
        archive.writestr(f"{name}-{number}.dist-info/METADATA", text)


@pytest.mark.slow
def test_nothing_of_a_code_reaches_the_page_or_the_drive_before_the_last_lock(
    tmp_path, monkeypatch
):
    """The cells of a notebook as the browser's kernel runs them; all that they display, send and keep is looked at."""
    drive, page = tmp_path / "drive", []
    monkeypatch.setenv("BOUNDARIES_DATA", str(plant(tmp_path)))
    monkeypatch.setattr(students, "IN_BROWSER", True)
    monkeypatch.setattr(browser_store, "answers_folder", lambda: drive)

    def display(value, metadata=None, raw=False):
        if isinstance(value, outputs.LiveWidget):
            value._ipython_display_()
        else:
            page.append(json.dumps(value) if raw else repr(value))
            page.append(getattr(value, "_repr_html_", str)())

    def publish(comm, kind, data=None, metadata=None, buffers=None, **more):
        page.append(json.dumps([kind, data, more], default=str))

    monkeypatch.setattr(DummyComm, "publish_msg", publish)
    monkeypatch.setattr(lesson_module, "display", display)
    monkeypatch.setattr(outputs, "display", display)
    notebook = json.loads((ROOT / "notebooks" / "03-business.ipynb").read_bytes())
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    lesson = names["lesson"]
    (walk,) = [widget for widget in lesson._widgets if isinstance(widget, Walk)]

    def everything():
        for widget in lesson._widgets:  # as a page asks when it is there
            widget._handle_custom_msg({"kind": "hello"}, [])
        kept = [path.read_text("utf-8") for path in drive.rglob("*") if path.is_file()]
        return "\n".join(page), "\n".join(kept)

    answer = {"kind": "judge", "phase": "first", "rating": 2, "confidence": 3, "reason": ""}
    for number, item in enumerate(lesson.items):
        shown, kept = everything()
        assert canaries(shown, kept) == set()
        assert not re.search(r"data:image|<figure|ACA 2014", shown + kept)
        walk._handle_custom_msg({"kind": "go", "to": number}, [])
        walk._handle_custom_msg({**answer, "item": item.id}, [])
    walk._handle_custom_msg({"kind": "go", "to": "codes"}, [])
    shown, kept = everything()
    assert len(canaries(shown)) > 2
    assert "<figure" in shown
    assert (kept.count('"rating"'), canaries(kept)) == (len(lesson.items), set())


@pytest.mark.long
@pytest.mark.browser
def test_a_judgment_stays_in_the_browser_through_a_new_process_and_a_new_version(site, tmp_path):
    profile = tmp_path / "profile"
    with served(site) as url:
        port = int(url.rpartition(":")[2])
        with browser_of(profile) as (context, asked):
            page, other = open_notebook(context, url, site), open_notebook(context, url, site)
            for tab in (page, other):
                tab.locator(".bd-card .bd-rating").first.wait_for()
                assert "ACA 2014" not in tab.locator("body").inner_text()
            judge(page, 3)
            page.locator(".bd-result").first.wait_for()
            receipt = page.locator(".bd-card [role=status]").first.text_content()
            assert receipt == "Stored in this browser only, /drive/my-answers/own-study."
            page.locator("figure[data-chart] .bd-ring").wait_for()
            # The other notebook is a Python of its own, and hears of it when it judges.
            judge(other, 5)
            other.locator(".bd-status.bd-error", has_text="is locked already").wait_for()
            page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
            # By these times a notebook knows what another one left that was closed while it wrote.
            assert 1 <= float(page.evaluate(PRINTED, BETWEEN_TWO_FILES)) < 60
        elsewhere = [a for a in asked if not re.match(rf"{re.escape(url)}/|blob:|data:", a)]
        assert elsewhere == []
    upgrade(site)
    with served(site, port=port) as url, browser_of(profile) as (context, asked):
        page = open_notebook(context, url, site)
        page.locator(".bd-result").first.wait_for()
        assert page.locator(".bd-card .bd-yours").first.text_content().startswith("First: Ethical")
        page.locator("figure[data-chart] .bd-ring").wait_for()
        assert page.locator("h1", has_text="The newest version").count() == 1


@pytest.mark.long
@pytest.mark.browser
def test_a_page_without_https_keeps_no_files_and_says_what_to_do(site, tmp_path):
    """A real one: a browser lends its files to no other page than one over https, or on this very machine."""
    name = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    with served(site) as url, browser_of(tmp_path / "profile", name) as (context, _):
        page = open_notebook(context, url.replace("127.0.0.1", ELSEWHERE), site)
        sentence = page.locator(".jp-OutputArea-output", has_text="This browser keeps no files")
        sentence.first.wait_for()
        assert "Open the page in an ordinary window, over https" in sentence.first.text_content()
        assert page.locator(".bd-card").count() == 0
