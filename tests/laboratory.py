"""A JupyterLab (or Notebook 7) started as a student starts it, and a page in it: what the browser tests share."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).parent.parent
TOKEN = "test"
SHOTS = ROOT / "build" / "shots"


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Each worker its own, and below the ports that systems lend to whoever connects: those are taken meanwhile.
_PORTS = itertools.count(20_000 + 1_000 * _WORKER + os.getpid() % 500)


def free_port() -> int:
    while True:
        port = next(_PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a server that keeps everything, answers included, inside `folder`."""
    places = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "BOUNDARIES_HOME",
    )
    own = {name: str(folder / name.lower()) for name in places}
    plain = {
        k: v
        for k, v in os.environ.items()
        if k not in ("BOUNDARIES_DEMO", "PYTHONWARNDEFAULTENCODING")
    }
    return plain | own | {"HOME": str(folder)} | more


@contextmanager
def serving(command: list[str], port: int, env: dict[str, str], log: Path, cwd: Path = ROOT):
    """Runs a server in a process group of its own until its port answers; ends the whole group afterwards."""
    with log.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=out, stderr=out, start_new_session=True
        )
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(
                        f"http://127.0.0.1:{port}/api/status?token={TOKEN}", timeout=2
                    ).close()
                    break
                except OSError:
                    if server.poll() is not None:
                        raise RuntimeError(
                            f"The server ended:\n{log.read_text(encoding='utf-8')}"
                        ) from None
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def lab_arguments(port: int) -> str:
    return (
        f"--no-browser --ip 127.0.0.1 --port {port} --ServerApp.port_retries=0 --IdentityProvider.token={TOKEN} "
        "--LabApp.expose_app_in_browser=True"
    )


@contextmanager
def make_lab(folder: Path, **more: str):
    """`make lab`, as the README says, with the students' copy and the answers in `folder`."""
    port = free_port()
    command = ["make", "lab", f"COURSE={folder / 'course'}", f"ARGS={lab_arguments(port)}"]
    with serving(command, port, environment(folder, **more), folder / "lab.log") as url:
        yield url


@contextmanager
def notebook_7(folder: Path, course: Path, **more: str):
    """Notebook 7, the other front end, on a folder of notebooks."""
    port = free_port()
    python = str(ROOT / ".venv" / "bin" / "python")
    command = [
        python, "-m", "notebook", "--allow-root", f"--ServerApp.root_dir={course}",
        *lab_arguments(port).split(), "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with serving(command, port, environment(folder, **more), folder / "notebook.log") as url:
        yield url


def choose(radio) -> None:
    """Chooses a radio as a keyboard does; a click by coordinates misses where the page still moves."""
    radio.focus()
    radio.press("Space")


class NotebookPage:
    """One notebook in one tab."""

    RUN_ALL = """async () => {
      const app = window.jupyterapp; await app.restored;
      const widget = () => app.shell.currentWidget;
      for (let i = 0; i < 300 && !widget()?.sessionContext; i++) await new Promise(r => setTimeout(r, 100));
      await widget().context.ready; await widget().sessionContext.ready;
      await widget().sessionContext.session.kernel.info;
      await app.commands.execute('notebook:run-all-cells');
    }"""

    def __init__(
        self, page, url: str, name: str, front_end: str = "lab/tree", reset: str = "&reset"
    ) -> None:
        self.page = page
        self.frames: list[str] = []
        self.bodies: list[str] = []
        page.set_default_timeout(60_000)
        page.on("websocket", self._listen)
        page.on("response", self._read)
        reset = reset if "lab" in front_end else ""  # what other tabs had open stays closed
        page.goto(f"{url}/{front_end}/{name}?token={TOKEN}{reset}")
        page.wait_for_function("() => window.jupyterapp")

    def _listen(self, socket) -> None:
        for event in ("framereceived", "framesent"):
            socket.on(event, self._keep)

    def _keep(self, data) -> None:
        self.frames.append(data if isinstance(data, str) else data.decode("latin-1"))

    def _read(self, response) -> None:
        if "/api/" in response.url:
            try:
                self.bodies.append(response.text())
            except Exception:
                return

    def run_all(self) -> None:
        self.page.evaluate(self.RUN_ALL)

    def restart(self) -> None:
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
        )

    def save(self) -> None:
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"
        )

    def cells(self) -> int:
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
        )

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            name,
        )
        self.page.wait_for_timeout(500)

    def tab_to(self, selector: str, most: int = 60) -> None:
        """Presses Tab until the focused element matches; the keyboard is all that a test uses."""
        for _ in range(most):
            if self.page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        focused = self.page.evaluate("() => document.activeElement?.outerHTML.slice(0, 200)")
        raise AssertionError(f"Tab never reached {selector}; the focus is on {focused}")

    def saved(self, course: Path, name: str) -> dict:
        self.save()
        return json.loads((course / name).read_text(encoding="utf-8"))


def shot(notebook: NotebookPage, name: str) -> None:
    """A picture of the page, to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    notebook.page.screenshot(path=SHOTS / f"{name}.png")


def serious(notebook: NotebookPage, within: str) -> list[tuple[str, str]]:
    """axe's serious and critical findings inside our own parts; JupyterLab has findings of its own elsewhere."""
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"],
        "resultTypes": ["violations"],
    }
    found = Axe().run(notebook.page, context=within, options=options).response["violations"]
    return [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
