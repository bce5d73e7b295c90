"""Coverage-guided fuzzing of everything that strangers hand over: libFuzzer changes bytes, and keeps what reaches new code.

    .venv/bin/pip install atheris            (Linux and macOS; in no extra, for it is large and rarely wanted)
    python benchmarks/fuzz.py --seconds 60   every target, each in a process of its own

A target holds where every input is taken or refused with an error of ours. What breaks one is printed as bytes;
it becomes a test beside the reader's own before it is mended.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

Target = Callable[[bytes], None]


def submission(folder: Path) -> tuple[list[bytes], Target]:
    """What is read writes and reads again as itself."""
    from small_content import content, vignette

    from boundaries.answers.judgments import Judgment, level_of, participant_of
    from boundaries.answers.submissions import Submission, content_version, read, write
    from boundaries.errors import SubmissionError

    course = content(vignette("tiles"), vignette("drink", levels=("coffee", "wine")))
    participant, rows = participant_of("test", "a"), []
    for number, item in enumerate(course.vignettes.values()):
        level = level_of(participant, item)
        words = ("test", participant, item.id, item.wording)
        rows.append(Judgment(*words, "first", level, 2, 3, "Invented.", number))
        rows.append(Judgment(*words, "informed", level, None, None, "", number + 9))
    whole = write(Submission("test", participant, content_version(course), True, tuple(rows)))

    def target(data: bytes) -> None:
        try:
            taken = read(data, course)
        except SubmissionError:
            return
        assert write(read(write(taken), course)) == write(taken)

    return [whole, whole[:300], b'{"format": "boundaries-submission", "version": 1}'], target


def archive(folder: Path) -> tuple[list[bytes], Target]:
    """Each thing in an archive has data or a sentence, and no name could be obeyed by a screen."""
    from boundaries.instructor.platforms import handed_files

    def zipped(names: dict[str, bytes], kind: int) -> bytes:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", kind) as opened:
            for name, data in names.items():
                opened.writestr(name, data)
        return packed.getvalue()

    inner = zipped({"x_1_2_f.json": b"{}"}, zipfile.ZIP_DEFLATED)
    seeds = [inner, zipped({"Zoë Berg_7_assignsubmission_file/a.zip": inner}, zipfile.ZIP_STORED)]

    def target(data: bytes) -> None:
        (folder / "class.zip").write_bytes(data)
        for handed in handed_files([folder / "class.zip"]):
            assert not (handed.data and handed.trouble)
            assert handed.place.isprintable()

    return seeds, target


def roster(folder: Path) -> tuple[list[bytes], Target]:
    """A class list is read or refused, and no cell of its gradebook is a formula."""
    from boundaries.errors import RosterError
    from boundaries.instructor.gradebook import graded, write_gradebook
    from boundaries.instructor.rosters import read_roster

    def target(data: bytes) -> None:
        (folder / "class.csv").write_bytes(data)
        try:
            class_list = read_roster(folder / "class.csv")
        except RosterError:
            return
        write_gradebook(folder / "grades.csv", class_list, graded(class_list, []))
        for line in (folder / "grades.csv").read_text("utf-8-sig").splitlines():
            assert line[:1] not in ("=", "+", "-", "@", "\t")

    text = "sep=;\r\nID number;First name;Last name;Email\r\n7;Zoë;Berg;z@x.org\r\n8;Li;Wei;\r\n"
    return [text.encode(code) for code in ("utf-8", "utf-16", "latin-1")], target


def codes(folder: Path) -> tuple[list[bytes], Target]:
    """A table or text of completion codes is read or refused."""
    from boundaries.errors import RosterError
    from boundaries.instructor.completed import handed_codes

    def target(data: bytes) -> None:
        for name in ("answers.csv", "Zoë Berg_7_assignsubmission_onlinetext.html"):
            (folder / name).write_bytes(data)
            try:
                list(handed_codes([folder / name]))
            except RosterError:
                continue

    seeds = [b"Username,Answer\r\nzberg,Z05S-04AX-YAE0-VCG3\r\n", b"<p>Z05S-04AX-YAE0-VCG3</p>"]
    return seeds, target


def toml(folder: Path) -> tuple[list[bytes], Target]:
    """Any file of a course gives findings and no traceback; `load` reads it or names it."""
    from boundaries.content import load
    from boundaries.content.check import faults
    from boundaries.content.loading import _load
    from boundaries.errors import ContentError

    whole = ROOT / "tests" / "content" / "broken" / "whole"
    files = sorted(path.relative_to(whole) for path in whole.rglob("*.toml"))
    shutil.copytree(whole, folder / "course")
    # The first byte says which file it is.
    seeds = [bytes([n]) + (whole / name).read_bytes() for n, name in enumerate(files)]

    def target(data: bytes) -> None:
        name = files[data[0] % len(files)] if data else files[0]
        path = folder / "course" / name
        path.write_bytes(data[1:])
        try:
            faults(folder / "course")
            _load.cache_clear()
            load(folder / "course")
        except ContentError:
            pass
        finally:
            shutil.copy(whole / name, path)

    return seeds, target


def http(folder: Path) -> tuple[list[bytes], Target]:
    """Any body of any operation is one of its shapes, or refused in sentences that are JSON."""
    from class_server import judgment
    from msgspec import Struct

    from boundaries.lectures.server import request_shapes
    from boundaries.lectures.server.bodies import Unfit, body_of, many_of
    from boundaries.lectures.server.replies import to_json

    shapes = [
        shape
        for shape in vars(request_shapes).values()
        if isinstance(shape, type) and issubclass(shape, Struct) and shape is not Struct
    ]

    def target(data: bytes) -> None:
        for read, shape in [
            (many_of, request_shapes.SentJudgment),
            *((body_of, s) for s in shapes),
        ]:
            try:
                read(data, shape if read is many_of else [shape])
            except Unfit as error:
                to_json({"error": str(error), "errors": error.errors})

    body = judgment("0" * 32, reason="Invented.", revision=3, level="")
    lecture = {"title": "A", "vignettes": ["tiles"], "session": "a", "mode": "homework"}
    lecture |= {"closes": "2026-12-10T23:59:00+01:00", "reasons": True, "instead_of": "K7QF2MWD"}
    seeds = [body, [body, body], lecture, {"backup": "014D-2PF2"}, {"vignette": "", "ids": ["0"]}]
    return [json.dumps(seed).encode() for seed in seeds], target


ODD = (None, True, 0, -1, 1.5, 2**31, 10**30, "", "\ud800", "\0", "tiles", "first", [], {}, [[]])
"""Values that JSON may hold and a reader may stumble over."""


def mutated_json(data: bytes, most: int, seed: int) -> bytes:
    """Some value or name in a JSON text made odd, doubled or left out; else bytes changed blindly."""
    import atheris

    chance = random.Random(seed)
    try:
        table = json.loads(data)
    except (ValueError, RecursionError):
        return atheris.Mutate(data, most)
    places = list(_containers(table))
    if not places or chance.random() < 0.3:
        return atheris.Mutate(data, most)
    place = chance.choice(places)
    names = list(place) if isinstance(place, dict) else list(range(len(place)))
    odd = chance.choice(ODD)
    if isinstance(place, dict) and (not names or chance.random() < 0.1):
        place["odd"] = odd
    elif not names:
        place.append(odd)
    elif chance.random() < 0.2:
        del place[chance.choice(names)]
    elif isinstance(place, list) and chance.random() < 0.3:
        place.append(chance.choice(place))
    else:
        place[chance.choice(names)] = odd
    return json.dumps(table).encode()[:most]


def _containers(value: object) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _containers(part)


TARGETS = (submission, archive, roster, codes, toml, http)


def run(name: str, seconds: int) -> None:
    """One target in this process, which libFuzzer ends."""
    import atheris

    (make,) = [target for target in TARGETS if target.__name__ == name]
    with atheris.instrument_imports(include=["boundaries", "tomllib", "csv"]):
        folder = Path(tempfile.mkdtemp(prefix="boundaries-fuzz-"))
        seeds, target = make(folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    limits = [f"-max_total_time={seconds}", "-seed=1", "-max_len=4096", "-rss_limit_mb=1500"]
    limits += [f"-artifact_prefix={folder}/", "-print_final_stats=1", "-timeout=20"]
    mutator = mutated_json if name in ("submission", "http") else None
    atheris.Setup([sys.argv[0], *limits, str(corpus)], target, custom_mutator=mutator)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *(t.__name__ for t in TARGETS)])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--here", action="store_true", help="in this process, for a debugger")
    options = parser.parse_args()
    names = options.targets or [target.__name__ for target in TARGETS]
    if options.here:
        run(names[0], options.seconds)
    broken = []
    for name in names:
        command = [sys.executable, __file__, "--here", "--seconds", str(options.seconds), name]
        ended = subprocess.run(command, capture_output=True, check=False)
        for line in _telling(ended.stderr.decode("utf-8", "replace")):
            print(f"{name}: {line}", flush=True)
        if ended.returncode:
            broken.append(name)
    sys.exit(f"Broken: {', '.join(broken)}" if broken else 0)


def _telling(log: str) -> Iterator[str]:
    """The lines of libFuzzer's log that say how much was tried, and what broke."""
    uncaught = False
    for line in log.splitlines():
        uncaught = uncaught or "Uncaught Python exception" in line
        last = "DONE" in line or "number_of_executed_units" in line
        if uncaught or last or line.startswith("ERROR"):
            yield line


if __name__ == "__main__":
    main()
