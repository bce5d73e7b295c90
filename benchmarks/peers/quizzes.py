"""Answers in a notebook: what is lost when the place they are sent to fails, strict validation, and time to a form.

LabQuiz's events go through its own `record_event`, two hundred of them, to an endpoint that answers 500 and then works
again; ours are two hundred judgments of one student, sent as a lesson sends them. jupyterquiz and ipyquizjb send
nothing anywhere. Each notebook of a peer is one question, run once and then validated strictly (`--nbval`), twice.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import faulty_server
import nbformat
from results import HERE, ROOT, Part, Row, environment, versions
from small_content import content, vignette

from boundaries.answers.judgments import Judgment, level_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.lessons.delivery import delivery_of

ANSWERS = 200
JUPYTERQUIZ = """from jupyterquiz import display_quiz
display_quiz([{"question": "Is it ethical?", "type": "multiple_choice", "answers": [
    {"answer": "Never", "correct": True}, {"answer": "Always", "correct": False}]}])"""
IPYQUIZJB = """from ipyquizjb import display_questions
display_questions([{"type": "MULTIPLE_CHOICE", "body": "Is it ethical?",
    "answers": ["Never", "Always"], "answer": ["Never"]}])"""
LABQUIZ = f"""from labquiz import QuizLab
quiz = QuizLab(QUIZFILE={str(HERE / "quiz.yml")!r}, needAuthentification=False, silentStart=True)
quiz.show("quiz1")"""
OURS = 'import boundaries\nboundaries.lesson("encounters").cards()'
PEERS = {
    "LabQuiz 1.3.1": ("labquiz", "labquiz==1.3.1", LABQUIZ),
    "jupyterquiz 2.9.6.4": ("jupyterquiz", "jupyterquiz==2.9.6.4", JUPYTERQUIZ),
    "ipyquizjb 0.3.13": ("ipyquizjb", "ipyquizjb==0.3.13", IPYQUIZJB),
}
TOOLS = ("nbval==0.11.0", "ipykernel", "ipython", "nbclient", "setuptools<80")
RECORDING = """
import sys, time, types, contextlib, io
from labquiz import main
main.patch_requests_post()
quiz = main.QuizLab.__new__(main.QuizLab)
quiz.machine_id, quiz.SHEET_URL, quiz.exam_mode = "m", sys.argv[1], False
quiz.student = types.SimpleNamespace(name="student")
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    for number in range(int(sys.argv[2])):
        quiz.record_event("validate", f"case-{number}", {}, {"Never": True}, 1.0)
        time.sleep(0.005)
time.sleep(2)
print(len(printed.getvalue()))
"""


def lost_by_labquiz(python: Path) -> float:
    """Percent of the answers that were in the end where they were sent to."""
    with faulty_server.serving([]) as endpoint:
        # A sheet takes whatever it is sent; this endpoint fails until the student has stopped answering.
        endpoint.portal = (500, {"error": "Something."})
        url = f"{endpoint.address}/exec"
        run = [str(python), "-c", RECORDING, url, str(ANSWERS)]
        done = subprocess.run(run, check=True, capture_output=True, text=True, timeout=120)
        assert len(endpoint.posts) == ANSWERS, len(endpoint.posts)
        assert int(done.stdout) == 0, "LabQuiz told the student something: say so in the results"
        endpoint.posts.clear()
        endpoint.portal = (200, {"status": "ok"})
        time.sleep(3)
        return 100 * len(endpoint.posts) / ANSWERS


def lost_by_us(folder: Path) -> float:
    """The same of judgments that a lesson sends, after the class server failed and came back."""
    items = [vignette(f"case-{number}") for number in range(ANSWERS)]
    course = content(*items)
    student = Student("test", folder / "own" / "test.sqlite")
    with faulty_server.serving([item.id for item in items]) as endpoint:
        course = replace(course, course=replace(course.course, server=endpoint.address))
        rows = [
            Judgment(
                "test", student.participant, item.id, item.wording, "first",
                level_of(student.participant, item), 3, 3, "", number,
            )
            for number, item in enumerate(items, 1)
        ]  # fmt: skip
        Store(student.path).merge(rows)
        delivery = delivery_of(student, course, {})
        assert delivery is not None
        endpoint.always = "status 500"
        delivery.send()
        assert delivery.wait(60)
        assert not endpoint.rows
        assert "what waits is sent with your next judgment" in delivery.summary()
        endpoint.always = ""
        delivery.send()
        assert delivery.wait(60)
        return 100 * len(endpoint.rows) / ANSWERS


def validated(python: Path, source: str, folder: Path) -> float:
    """Percent of two strict validations that pass, of a notebook of one question that was run before."""
    folder.mkdir()
    path = folder / "question.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    env = os.environ | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    run = [str(python.parent / "jupyter-execute"), "--inplace", str(path)]
    subprocess.run(run, check=True, capture_output=True, env=env, timeout=120)
    stored = nbformat.read(path, 4).cells[0].outputs
    assert stored, f"{source} shows nothing"
    assert all(output.output_type != "error" for output in stored), stored
    strictly = ["-m", "pytest", "-q", "--nbval", "--nbval-current-env", str(path)]
    return _passes([str(python), *strictly], env, folder)


def validated_by_us() -> float:
    """The same of the course's first notebook, as `make validate` runs it."""
    strictly = ["-m", "pytest", "-q", "-p", "no:schemathesis", "--nbval", "--nbval-current-env"]
    clean = ["--nbval-sanitize-with", "tests/sanitize.cfg", "notebooks/00-start-here.ipynb"]
    env = os.environ | {"BOUNDARIES_DEMO": "1"}
    return _passes([sys.executable, *strictly, *clean], env, ROOT)


def _passes(command: list[str], env: dict[str, str], folder: Path) -> float:
    codes = []
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, env=env, cwd=folder, timeout=300)
        assert done.returncode in (0, 1), done.stdout.decode()  # pytest: passed, or some failed
        codes.append(done.returncode)
    return 50 * codes.count(0)


def seconds(python: Path, source: str, env: dict[str, str] = os.environ) -> float:  # type: ignore[assignment]
    """Milliseconds of processor of a process of its own that comes to its first form, with Python's own start.

    Not of a clock, less bare Python: on a crowded machine that difference was below nothing.
    """
    in_a_loop = "import asyncio\nasync def form():\n" + textwrap.indent(source, "  ")
    command = [str(python), "-c", f"{in_a_loop}\nasyncio.run(form())"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


TEXT = """\
Lost: the place that answers are sent to fails with a 500 for 200 answers and then works again; the share that arrives.
Import and first form: processor of a whole process. Validation: two strict runs of `pytest --nbval`."""
ABSENT = {
    "nbforms 1.0.0": "it installs no dependencies, and `import nbforms` then fails (it wants `datascience`)."
}


NOTES = {
    "quiz-strict-jupyterquiz": "its outputs carry random ids.",
    "quiz-strict-ipyquizjb": (
        "its question stands inside an Output widget, whose content a front end and nbclient keep in the widget; nbval "
        "counts it among the cell's outputs. Ours is the first notebook of the course under `tests/sanitize.cfg`."
    ),
    "quiz-form-jupyterquiz": (
        "ours opens a store on disk, reads all content and lays out seven cases behind `ipywidgets`; this is plain HTML "
        "of one question that keeps nothing."
    ),
    "quiz-form-ipyquizjb": "as above, for one question that keeps nothing.",
}


def measure(runs: int, quick: bool) -> Part:
    """Each peer beside us, in turn, so many times."""
    pythons, rows, installed = {}, [], versions(Path(sys.executable), "boundaries", "ipywidgets")
    for peer, (name, requirement, _) in PEERS.items():
        pythons[peer] = environment(name, requirement, *TOOLS)
        installed |= versions(pythons[peer], name)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        env = os.environ | {"BOUNDARIES_DEMO": "1"}
        for run in range(runs):
            for peer, (name, _, source) in PEERS.items():
                imports = f"import {name}"
                ours = Path(sys.executable)
                _add(times, "ours import " + peer, seconds(ours, "import boundaries"))
                _add(times, "theirs import " + peer, seconds(pythons[peer], imports))
                _add(times, "ours form " + peer, seconds(ours, OURS, env))
                _add(times, "theirs form " + peer, seconds(pythons[peer], source))
            own = folder / str(run)
            own.mkdir()
            _add(times, "ours lost", lost_by_us(own))
            _add(times, "theirs lost", lost_by_labquiz(pythons["LabQuiz 1.3.1"]))
        lost = Row(
            "quiz-lost", "answers that arrive after a failure", "LabQuiz 1.3.1", "%",
            times["ours lost"], times["theirs lost"], more_is_better=True, counted=True,
            note="LabQuiz told the student nothing, and does not send again. Ours says what waits, and sends it.",
        )  # fmt: skip
        rows.append(lost)
        strict = [validated_by_us()]
        for peer, (name, _, source) in PEERS.items():
            passed = [validated(pythons[peer], source, folder / name)]
            rows += [
                Row(f"quiz-import-{name}", "import", peer, "ms",
                    times["ours import " + peer], times["theirs import " + peer]),
                Row(f"quiz-form-{name}", "to the first form", peer, "ms",
                    times["ours form " + peer], times["theirs form " + peer]),
                Row(f"quiz-strict-{name}", "strict validations that pass", peer, "%",
                    strict, passed, more_is_better=True, counted=True),
            ]  # fmt: skip
    part = Part("Answers in a notebook", TEXT, rows, runs, quick=quick)
    part.versions, part.absent = installed, ABSENT
    for row in part.rows:
        row.note = row.note or NOTES.get(row.id, "")
    return part


def _add(times: dict[str, list[float]], name: str, value: float) -> None:
    times.setdefault(name, []).append(value)
