"""Whatever students hand in: wrong kinds are named, nobody's greed costs another a file, and an oracle agrees."""

import io
import os
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content as content_of
from small_content import vignette
from test_collect import gradebook, lay, student

from boundaries.answers.store import Store
from boundaries.answers.submissions import write
from boundaries.instructor.collect import collect
from boundaries.instructor.rehearsal import class_of

SMALL = content_of(vignette("tiles"), vignette("car", levels=("low", "high")))
DUE = datetime(2026, 10, 1, 12)


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


# -- files of every kind -------------------------------------------------------------------------------------------

READ = (
    ".json",
    ".JSON",
    ".json.txt",
    "",
    ".json.download",
    ".json.crdownload",
    ".txt",
    ".html",
    ".pdf",
    ".jsonc",
)
OF_A_STUDENT = {
    "canvas": "bergann_101_901_answers{}",
    "moodle": "Ann Berg_4001_assignsubmission_file/answers{}",
    "a tree": "ann/ps1/answers{}",
}
OTHERS = {
    "canvas": "itoben_102_902_x.json",
    "moodle": "Ben Ito_4002_assignsubmission_file/x.json",
    "a tree": "ben/ps1/x.json",
}
CEM = {
    "canvas": "kayacem_103_903_x.json",
    "moodle": "Cem Kaya_4003_assignsubmission_file/x.json",
    "a tree": "cem/ps1/x.json",
}


@pytest.mark.parametrize("ending", READ)
@pytest.mark.parametrize("layout", OF_A_STUDENT)
def test_a_submission_is_known_by_what_is_in_it(fresh_store, tmp_path, layout, ending):
    for data in (write(student()), b"\xef\xbb\xbf\r\n" + write(student())):
        folder = lay(tmp_path / "in", {OF_A_STUDENT[layout].format(ending): data})
        found = collect([folder], fresh_store, SMALL)
        assert (found.students, found.rejected, found.empty_handed) == (1, (), ())


WRONG = {
    ".ipynb": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    ".docx": zipped({"word/document.xml": b"<w/>"}),
    ".pdf": b"%PDF-1.7",
    ".png": b"\x89PNG\r\n",
    ".html": b"<p>my answers</p>",
    ".webloc": b"<plist/>",
    "": b"my answers",
    ".json": b'{"name": "node"}',
    ".zip": zipped({"answers.pdf": b"%PDF-1.7"}),
    " .zip": zipped({}),
}


@pytest.mark.parametrize("ending", WRONG)
@pytest.mark.parametrize("layout", OF_A_STUDENT)
def test_from_whom_only_a_wrong_kind_came_is_named(fresh_store, tmp_path, layout, ending):
    name = OF_A_STUDENT[layout].format(ending)
    files = {name: WRONG[ending], OTHERS[layout]: student("b"), CEM[layout]: student("c")}
    found = collect([lay(tmp_path / "in", files)], fresh_store, SMALL)
    assert (found.students, found.rejected, found.unread) == (2, (), ())
    (trouble,) = found.empty_handed
    assert trouble.place in ("bergann", "Ann Berg", "ann")
    assert trouble.sentence.startswith(
        f"handed in something, but no submission file: {tmp_path}/in/{name}"
    )
    assert "handed in no submission: 1\n" in str(found)


@pytest.mark.parametrize(
    "damage",
    [b"{", b"{'a': 1}", write(student())[:-20], write(student()).decode().encode("utf-16")],
)
def test_a_true_rejection_is_never_hidden_behind_other_files(fresh_store, tmp_path, damage):
    """Fifty students zip their editor's and our course's files beside the submission; one hands in a damaged one."""
    noise = {f"course/{n}.json": b'{"type": "object"}' for n in range(9)} | {
        "course/tsconfig.json": b"// with a comment\n{}",
        "course/data/README.md": b'{"format": "boundaries-submission"',
    }
    files = {
        f"s{n}_{100 + n}_{900 + n}_c.zip": zipped(noise | {"course/x.json": write(student(str(n)))})
        for n in range(50)
    }
    files["zz_199_999_x.json"] = damage
    found = collect([lay(tmp_path / "in", files)], fresh_store, SMALL)
    assert found.students == 50
    assert str(found).splitlines().count("rejected: 1") <= 1
    assert found.rejected[0].place == f"{tmp_path}/in/zz_199_999_x.json"
    assert "zz_199_999_x.json" in str(found)


# -- one student's greed -------------------------------------------------------------------------------------------


def bomb_of(kind: str) -> bytes:
    """An archive that wastes what reading it may cost; made when it is needed, for it takes a moment itself."""
    if kind == "twenty thousand and one files":
        return zipped({f"{n}.json": b"" for n in range(20_001)}, zipfile.ZIP_STORED)
    if kind == "an archive of forty million":
        return zipped({"x.zip": bytes(40_000_000)})
    blanks = zipped({f"{n}.json": b" " * 2_000_000 for n in range(14)})
    if kind == "archives in archives":
        return zipped({f"{n}.zip": blanks for n in range(60)})
    return blanks


BOMBS = (
    "fourteen files of two million blanks",
    "twenty thousand and one files",
    "archives in archives",
    "an archive of forty million",
)


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("who", ["aaron_198_899", "zoe_199_999"])
def test_one_students_zip_stops_no_class(fresh_store, tmp_path, bomb, who):
    files = {
        f"s{n}_{100 + n}_{900 + n}_x.zip": zipped({"x.json": write(student(str(n)))})
        for n in range(40)
    }
    (tmp_path / "r.csv").write_text(
        "ID\n" + "\n".join(map(str, [198, 199, *range(100, 140)])), encoding="utf-8"
    )
    archive = tmp_path / "a.zip"
    archive.write_bytes(
        zipped(dict(sorted((files | {f"{who}_x.zip": bomb_of(bomb)}).items())), zipfile.ZIP_STORED)
    )
    found = collect([archive], fresh_store, SMALL, roster=tmp_path / "r.csv")
    assert found.students == 40
    assert all(
        trouble.place.startswith(f"{archive}/{who}") for trouble in (*found.rejected, *found.unread)
    )
    assert found.rejected or found.unread
    said = [row[1] for row in gradebook(found.gradebook)[1:]]
    assert said[2:] == ["yes"] * 40
    assert sorted(said[:2]) == sorted(["no", "unknown" if found.unread else "no"])


@pytest.mark.slow
def test_a_class_that_writes_much_is_read_whole(course, fresh_store, tmp_path):
    """More than the 24 million bytes at which a run once stopped."""
    size = 0
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n, one in enumerate(class_of(course, students=250, seed=5, session="invented-5")):
            rows = tuple(
                replace(row, reason=("Für mich hängt es davon ab. " * 18)[:500])
                for row in one.judgments
            )
            data = write(replace(one, judgments=rows))
            size += len(data)
            archive.writestr(f"s{n}_{100 + n}_{900 + n}_x.json", data)
    assert size > 24_000_000
    found = collect([tmp_path / "a.zip"], fresh_store, course)
    assert (found.students, found.whole) == (250, True)


@pytest.mark.process
def test_a_console_that_lacks_a_letter_is_told_all_the_same(tmp_path, course):
    one = next(class_of(course, students=1, seed=1, session=course.course.session))
    lay(
        tmp_path / "in",
        {
            "Łukasz 王_4001_assignsubmission_file/x.json": one,
            "Иван_4002_assignsubmission_file/x.json": b"{",
        },
    )
    command = [
        sys.executable,
        "-m",
        "boundaries",
        "collect",
        str(tmp_path / "in"),
        "--into",
        str(tmp_path / "s.sqlite"),
    ]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    out = done.stdout.decode("cp1252")
    assert "students: 1" in out
    assert "_4002_assignsubmission_file/x.json: it is not JSON" in out


# -- class × platform × oddity, against an oracle ------------------------------------------------------------------

NAMES = (
    ("Ann", "Berg"),
    ("Jürgen", "Sørby"),
    ("Zoë", "Ito"),
    ("José", "Díaz"),
    ("Li", "Wei"),
    ("Wei", "Li"),
)
ODDITIES = (
    "plain",
    "late",
    "twice",
    "anew",
    "copied",
    "renamed",
    "nested",
    "wrong",
    "missing",
    "damaged",
    "cut",
    "course",
)
PLATFORMS = {
    "canvas": ("{joined}{late}_{id}_90{n}_{file}", "ID", "{id}"),
    "canvas, anonymous": ("{late_}anon_aB{id}_90{n}_{file}", "ID", "{id}"),
    "moodle": ("{name}_{id}_assignsubmission_file/{file}", "Identifier", "Teilnehmer/in {id}"),
    "moodle, without names": ("Participant_{id}_assignsubmission_file/{file}", "Identifier", "Participant {id}"),
    "blackboard": ("HW_1_{user}_attempt_2026-10-0{day}-09-00-0{n}_{file}", "Username", "{user}"),
    "brightspace": ("{id}-81 - {name} - Oct {day}, 2026 90{n} AM/{file}", "OrgDefinedId", "#{user}"),
    "brightspace, flat": ("{id}-81 - {name}- Oct {day}, 2026 90{n} AM - {file}", "OrgDefinedId", "#{user}"),
    "nbgrader": ("submitted/{user}/ps{n}/{file}", "Username", "{user}"),
    "sakai": ("Homework 1/{last}, {first}({user})/Submission attachment(s)/{n}-{file}", "Username", "{user}"),
    "teams": ("Submitted files/{name}/Homework 1/Version {n}/{file}", "Email", "{user}@x"),
    "google": ("{name} - {n}{file}", "Email", "{user}@x"),
}  # fmt: skip
TELLS_LATE = ("canvas", "canvas, anonymous", "blackboard", "brightspace", "brightspace, flat")


class InventedClass:
    """Students with an oddity each, as one platform hands them over, and what must come of it."""

    def __init__(self, platform, oddities):
        self.platform, self.oddities = platform, ("plain", *oddities)
        self.form, self.column, self.cell = PLATFORMS[platform]

    def words(self, number, n=1):
        first, last = NAMES[number]
        late = self.oddities[number] == "late"
        return {
            "first": first, "last": last, "name": f"{first} {last}", "joined": f"s{number}", "user": f"u{number}",
            "id": 101 + number, "n": n, "late": "_LATE" if late else "", "late_": "LATE_" if late else "",
            "day": 2 if late else 1,
        }  # fmt: skip

    def files(self):
        whole = {}
        for number, oddity in enumerate(self.oddities):
            own = write(student(f"t{number}"))
            packed = zipped({"course/x.json": own, "course/schema.json": b'{"type": "object"}'})
            handed = {
                "twice": [("x.json", own), ("y.json", own)],
                "anew": [
                    ("x.json", own),
                    ("y.json", write(student(f"again{number}", items=("tiles",)))),
                ],
                "copied": [("x.json", write(student("t0")))],
                "renamed": [("x.json.txt", own)],
                "nested": [("x.zip", zipped({"x.json": own}))],
                "course": [("x.zip", packed)],
                "wrong": [("x.pdf", b"%PDF-1.7")],
                "missing": [],
                "damaged": [("x.json", own[:-30])],
                "cut": [("x.zip", packed[:-30])],
            }.get(oddity, [("x.json", own)])
            for n, (file, data) in enumerate(handed, 1):
                whole[self.form.format(file=file, **self.words(number, n))] = data
        return whole

    def roster(self):
        lines = [f"{self.column};Last Name;First Name"]
        for number, (first, last) in enumerate(NAMES[: len(self.oddities)]):
            lines.append(f"{self.cell.format(**self.words(number))};{last};{first}")
        return "\n".join(lines)

    def stored(self):
        nothing_of_their_own = ("copied", "wrong", "missing", "damaged", "cut")
        taken = [n for n, oddity in enumerate(self.oddities) if oddity not in nothing_of_their_own]
        return [n for n in taken if n > 0 or "copied" not in self.oddities]

    def gradebook(self):
        if "anonymous" in self.platform:
            return ["unknown"] * len(self.oddities)
        said = {"wrong": "no", "missing": "no", "damaged": "no", "cut": "unknown"}
        return [said.get(oddity, "yes") for oddity in self.oddities]


def packed_in(encoding, files):
    """An archive whose names are in an older code page, and do not say so."""
    names = [name.encode(encoding) for name in files]
    holders = [f"{n:06}".encode().ljust(len(name), b"!") for n, name in enumerate(names)]
    data = zipped(
        {holder.decode(): data for holder, data in zip(holders, files.values(), strict=True)}
    )
    for holder, name in zip(holders, names, strict=True):
        data = data.replace(holder, name)
    return data


@examples(40)
@given(
    platform=st.sampled_from(list(PLATFORMS)),
    oddities=st.lists(st.sampled_from(ODDITIES), min_size=1, max_size=5),
    way=st.sampled_from(["folder", "zip", "zip in zip", "cp850", "cp1252"]),
)
def test_any_class_on_any_platform_comes_out_as_an_oracle_says(
    tmp_path_factory, platform, oddities, way
):
    made = InventedClass(platform, oddities)
    folder = tmp_path_factory.mktemp("class")
    files = made.files()
    if way == "folder":
        path = lay(folder / "in", files)
    else:
        path = folder / "a.zip"
        data = packed_in(way, files) if way.startswith("cp") else zipped(files)
        path.write_bytes(zipped({"class.zip": data}) if way == "zip in zip" else data)
    (folder / "r.csv").write_text(made.roster(), encoding="utf-8")
    store = Store(folder / "s.sqlite")
    found = collect([path], store, SMALL, due=DUE, roster=folder / "r.csv")

    stored = made.stored()
    assert found.students == len(stored), str(found)
    late = sum(made.oddities[number] == "late" for number in stored)
    if platform in TELLS_LATE:
        assert (found.late, found.late_unknown) == (late, 0)
    else:
        assert (found.late, found.late_unknown) == (0, len(stored))
    assert [row[1] for row in gradebook(found.gradebook)[1:]] == made.gradebook(), str(found)
    assert len(found.empty_handed) == made.oddities.count("wrong"), str(found)
    assert len(found.rejected) == made.oddities.count("damaged")
    assert len(found.unread) == made.oddities.count("cut")
    # A roster is judged by more than one student: one whom it lacks is named, and no more.
    other_class = "anonymous" in platform and found.students != 1
    assert found.whole == (not found.unread and not other_class)
    expected = Counter()
    for number in stored:
        for row in student(f"t{number}").judgments:
            expected[row.item, row.wording, row.level, row.phase, row.confidence, row.rating] += 1
    assert Counter({tuple(key): n for *key, n in store.ratings("test")}) == expected
    store.close()
