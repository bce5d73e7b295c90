"""What platforms hand over, honest or hostile: every file found, every lie a sentence, nothing unpacked."""

import io
import os
import stat
import struct
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from boundaries.instructor.layouts import file_name_of, origin
from boundaries.instructor.platforms import FileLimits, handed_files

# What a file of a hand-in may be: a submission perhaps, one that cannot be read, another kind.
Handed, Trouble, Other = "Handed", "Trouble", "Other"
DUE = datetime(2026, 10, 1, 12)
DAMAGED = "it is not a whole zip archive: damaged, cut off or of another kind. Get it again."
OUTSIDE = "its name points outside the archive. It was not read."


def zipped(members, compression=zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data)
    return made.getvalue()


def search(tmp_path, members, **limits):
    """What is found in an archive; places without the folder of the test."""
    path = tmp_path / "a.zip"
    path.write_bytes(members if isinstance(members, bytes) else zipped(members))
    return [
        (kind(thing), *said(thing, tmp_path))
        for thing in handed_files([path], FileLimits(**limits))
    ]


def kind(thing) -> str:
    if thing.data is not None:
        return Handed
    return Trouble if thing.trouble else Other


def said(thing, tmp_path):
    place = thing.place.removeprefix(f"{tmp_path}/")
    return (place, thing.trouble) if thing.trouble else (place,)


# -- what names say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("bergann_12345_67890_answers-1.json", ("canvas", "12345", "bergann", False)),
        ("bergann_LATE_12345_67890_answers.json", ("canvas", "12345", "bergann", True)),
        ("bergann_12345_67890_x_LATE_9_9_y.json", ("canvas", "12345", "bergann", False)),
        (
            "bergann_12345_67890_mine.zip/x_LATE_777_888_y.json",
            ("canvas", "12345", "bergann", False),
        ),
        (
            "hw_2026_10_01.zip/bergann_12345_67890_answers.json",
            ("canvas", "12345", "bergann", False),
        ),
        ("Ann Berg_123_assignsubmission_file/a.json", ("moodle", "123", "Ann Berg", None)),
        ("Ann Berg_123_assignsubmission_file_/a.json", ("moodle", "123", "Ann Berg", None)),
        ("Ann Berg_123_assignsubmission_file_a.json", ("moodle", "123", "Ann Berg", None)),
        ("Participant_123_assignsubmission_file/a.json", ("moodle", "123", "", None)),
        (
            "A B_1_assignsubmission_file/C D_2_assignsubmission_file/a.json",
            ("moodle", "1", "A B", None),
        ),
        ("HW1_ann_attempt_2026-10-01-12-00-00_a.json", ("blackboard", "HW1_ann", "", False)),
        ("HW1_ann_attempt_2026-10-01-12-00-01_a.json", ("blackboard", "HW1_ann", "", True)),
        (
            "123-456 - Ann Berg - Oct 1, 2026 1200 PM/a.json",
            ("brightspace", "123", "Ann Berg", False),
        ),
        (
            "123-456 - Ann Berg - Oct 1, 2026 112 PM/a.json",
            ("brightspace", "123", "Ann Berg", True),
        ),
        ("123-456 - Ann Berg - 1. Okt. 2026/a.json", ("brightspace", "123", "Ann Berg", None)),
        ("anon_aB3dE_70001_a.json", ("canvas", "anon_aB3dE", "", False)),
        ("LATE_anon_aB3dE_70001_a.json", ("canvas", "anon_aB3dE", "", True)),
        ("bergann_LATE_101_text.html", ("canvas", "101", "bergann", True)),
        (
            "1-2 - Ann-Marie Berg- Oct 1, 2026 1201 PM/a.json",
            ("brightspace", "1", "Ann-Marie Berg", True),
        ),
        (
            "1-2 - Ann Berg - Oct 1, 2026 1200 PM - a - b.json",
            ("brightspace", "1", "Ann Berg", False),
        ),
        (
            "1-2 - N0123456 - Ann Berg- Oct 1, 2026 1200 PM/a.json",
            ("brightspace", "1", "Ann Berg", False),
        ),
        ("berg_ann101_question_55_9001_a.json", ("canvas", "101", "berg_ann", None)),
        ("boundaries_2026_11_28.json", ("", "", "", None)),
        ("ann/hw_1_2_final.json", ("", "", "", None)),
        ("ann+ps1+2026-10-01 09:00:00.1 UTC+xY1/a.json", ("nbgrader", "ann", "", None)),
        ("Ann Berg - a.json", ("", "", "", None)),
        ("Ann Berg/a.json", ("", "", "", None)),
        ("boundaries-submission - Copy.json", ("", "", "", None)),
        ("a.json", ("", "", "", None)),
    ],
)
def test_a_name_tells_whose_file_it_is_and_the_outermost_counts(path, told):
    found = origin("", ("top.zip", *path.split("/")), DUE)
    assert (found.layout, found.who, found.name, found.late) == told


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ann Berg - a.json", "Ann Berg"),  # Google Classroom
        ("boundaries-submission - Ann Berg.json", "Ann Berg"),  # Google Forms
        ("boundaries-submission (1) - Ann Berg.json", "Ann Berg"),
        ("boundaries-submission - Copy.json", ""),
        ("boundaries-submission - Kopie (2).json", ""),
        ("boundaries-submission.json", ""),
    ],
)
def test_google_names_the_student_in_the_files_own_name(name, student):
    assert file_name_of(("top", name)) == student


def test_a_lone_file_and_a_students_own_folder_are_told_too(tmp_path):
    for path in (
        "bergann_1_2_a.json",
        "Ann Berg_3_assignsubmission_file/a.json",
        "b_123_456_x.zip",
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(zipped({"a.json": b"{}"}) if path.endswith("zip") else b"{}")
    tops = [
        tmp_path / p
        for p in ("bergann_1_2_a.json", "Ann Berg_3_assignsubmission_file", "b_123_456_x.zip")
    ]
    # an archive that was given may have any name, so its own says nothing
    assert [(f.origin.layout, f.origin.who) for f in handed_files(tops)] == [
        ("canvas", "1"),
        ("moodle", "3"),
        ("", ""),
    ]


def test_every_kind_of_file_is_found_in_a_fixed_order_and_junk_is_passed_over(tmp_path):
    inner = zipped({"z.json": b"3"})
    junk = ("__MACOSX/._a.json", ".DS_Store", "~$a.json", "._a.json", "Thumbs.db", "d.json/")
    members = [
        *((name, b"") for name in junk),
        ("b/c.json", b"1"),
        ("b/C.JSON", b"2"),
        ("in.zip", inner),
    ]
    members += [(name, b"") for name in ("a.pdf", "n.ipynb", "a.txt", "x.7z", "json")]
    assert search(tmp_path, members) == [
        (Handed, "a.zip/b/c.json"),
        (Handed, "a.zip/b/C.JSON"),
        (Handed, "a.zip/in.zip/z.json"),
        *((Other, f"a.zip/{name}") for name in ("a.pdf", "n.ipynb", "a.txt")),
        (
            Trouble,
            "a.zip/x.7z",
            "this kind of archive is not read here. Unpack it, and collect the folder.",
        ),
        (Other, "a.zip/json"),
    ]
    folder = tmp_path / "folder"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(folder)
    (folder / "dir.json").mkdir()
    data = sorted(
        (thing.place.split("/", 3)[-1], thing.data)
        for thing in handed_files([folder])
        if kind(thing) == Handed
    )
    assert [d for _, d in data] == [b"2", b"1", b"3"]
    assert list(handed_files([folder])) == list(handed_files([folder]))


@pytest.mark.parametrize("flag", ["utf-8 unsaid", "cp437", "utf-8"])
def test_names_in_any_encoding_are_read(tmp_path, flag):
    name = "Zoë Ångström_12_assignsubmission_file/a.json"
    data = zipped({name: b"{}"})
    if flag == "utf-8 unsaid":  # as macOS writes
        data = data.replace(struct.pack("<H", 0x800), b"\0\0")
    elif flag == "cp437":
        raw = name.encode("cp437")
        data = zipped({"x" * len(raw): b"{}"}).replace(b"x" * len(raw), raw)
    (tmp_path / "a.zip").write_bytes(data)
    assert [f.origin.name for f in handed_files([tmp_path / "a.zip"])] == ["Zoë Ångström"]


@pytest.mark.parametrize(
    "head", [b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"(\xb5/\xfd", b"\0" * 257 + b"ustar"]
)  # fmt: skip
def test_an_archive_of_another_kind_is_known_by_its_first_bytes(tmp_path, head):
    (found,) = search(tmp_path, {"answers": head})
    assert found[0] is Trouble
    assert "this kind of archive is not read here" in found[2]
    # In a student's own archive gzipped data is no archive.
    assert search(tmp_path, {"in.zip": zipped({"table.rds": head})})[0][0] is Other


def test_what_is_in_the_cloud_only_is_said(tmp_path):
    (found,) = search(tmp_path, {".boundaries-submission.json.icloud": b"bplist00"})
    assert found[2] == "it is in the cloud, not on this computer. Download it there first."


# -- archives that lie ---------------------------------------------------------------------------------------------


OUTSIDES = (
    "../a.json",
    "x/../../a.json",
    "/etc/a.json",
    "C:/a.json",
    "c:\\a.json",
    "..\\a.json",
    "\\\\host\\a.json",
)


@pytest.mark.parametrize("name", OUTSIDES)
def test_a_name_that_points_outside_is_refused_and_the_rest_is_read(tmp_path, name):
    first, second = search(tmp_path, {name: b"{}", "b.json": b"{}"})
    assert first[0] is Trouble
    assert first[2] == OUTSIDE
    assert second == (Handed, "a.zip/b.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_link_is_never_followed(tmp_path):
    link = zipfile.ZipInfo("a.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert search(tmp_path, [(link, b"/etc/passwd")]) == [
        (Trouble, "a.zip/a.json", "it is a link, not a file. It was not read.")
    ]
    folder = tmp_path / "folder"
    folder.mkdir()
    secret = tmp_path / "secret.json"
    secret.write_text("{}", encoding="utf-8")
    (folder / "l.json").symlink_to(secret)
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")
    links = "it is a link, and links are not followed. Collect what it points to."
    assert [said(thing, tmp_path) for thing in handed_files([folder])] == [
        ("folder/l.json", links),
        ("folder/pipe.json", "it is not an ordinary file."),
        ("folder/round", links),
    ]


def test_what_is_not_there_or_no_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert [
        said(thing, tmp_path) for thing in handed_files([tmp_path / "no.zip", tmp_path / "pipe"])
    ] == [
        ("no.zip", "there is no such file or folder. Check the path."),
        ("pipe", "it is not an ordinary file. Copy its contents to a file, and collect that."),
    ]


def test_a_folder_or_file_that_may_not_be_read_is_said(nobody):
    (nobody / "in").mkdir()
    (nobody / "in" / "a.json").write_text("{}", encoding="utf-8")
    (nobody / "in" / "a.json").chmod(0)
    (nobody / "shut").mkdir(mode=0)
    assert [
        (thing.place.removeprefix(f"{nobody}/"), thing.trouble) for thing in handed_files([nobody])
    ] == [
        ("shut", "the folder cannot be read (Permission denied)."),
        ("in/a.json", "the file cannot be read (Permission denied)."),
    ]


def locked() -> bytes:
    """An archive whose one member says that it is encrypted, in both places."""
    data = bytearray(zipped({"a.json": b"{}"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def nest(depth: int) -> bytes:
    data = zipped({"a.json": b"{}"})
    for _ in range(depth - 1):
        data = zipped({"n.zip": data})
    return data


@pytest.mark.parametrize(
    ("data", "place", "sentence"),
    [
        (locked(), "a.zip/a.json", "it is locked with a password. Ask for it without one."),
        (zipped({"a.json": b"{}"})[:-30], "a.zip", DAMAGED),
        (zipped({"a.json": b"{}" * 99})[50:], "a.zip/a.json", "it cannot be read: damaged or cut off. Get it again."),
        (zipped({"a.json": b"[1]"}).replace(b"[1]", b"[2]"), "a.zip/a.json",
         "it cannot be read: damaged or cut off. Get it again."),
        (zipped({"n.zip": b"PK\x03\x04 and no more"}), "a.zip/n.zip", DAMAGED),
        (b"", "a.zip", DAMAGED),
        (b"<html>Log in</html>", "a.zip", DAMAGED),
        (nest(4), "a.zip/n.zip/n.zip/n.zip", "archives are nested more than 3 deep. Unpack them first."),
        (nest(50), "a.zip/n.zip/n.zip/n.zip", "archives are nested more than 3 deep. Unpack them first."),
        (zipped({"a.json": b"{}"}, zipfile.ZIP_LZMA), "a.zip/a.json",
         "it is packed in a way that is not read here. Pack it as an ordinary zip archive."),
    ],
    ids=["locked", "cut", "headless", "changed", "inside", "empty", "a-web-page", "four-deep", "fifty-deep", "lzma"],
)  # fmt: skip
def test_an_archive_that_cannot_be_read_is_one_sentence(tmp_path, data, place, sentence):
    assert search(tmp_path, data) == [(Trouble, place, sentence)]


def test_three_archives_deep_is_read(tmp_path):
    assert search(tmp_path, nest(3)) == [(Handed, "a.zip/n.zip/n.zip/a.json")]


def test_nothing_in_a_name_reaches_the_terminal(tmp_path):
    ((_, place),) = search(tmp_path, {"\x1b[2J\u202e\n.json": b"{}"})
    assert place == "a.zip/�[2J��.json"


MANY = "with it there are more than {:,} files. Unpack it, and collect a part at a time."


def test_limits_hold_against_what_is_really_read(tmp_path):
    assert search(tmp_path, {f"{n}.json": b"" for n in range(4)}, listed=3) == [
        (Trouble, "a.zip", MANY.format(3))
    ]
    members = {
        "big.json": b"x" * 11,
        "ok.json": b"x" * 10,
        "n.zip": zipped({"a.json": b""}),
        "next.json": b"",
    }
    assert search(tmp_path, members, file=10, archive=99) == [
        (Trouble, "a.zip/big.json", "it has more than 10 bytes, which no submission has."),
        (Handed, "a.zip/ok.json"),
        (Trouble, "a.zip/n.zip", "it has more than 99 bytes. Unpack it first."),
        (Handed, "a.zip/next.json"),
    ]


GREEDY = {
    "bytes in one archive": {
        "ann_101_901_a.zip": zipped({f"{n}.json": b" " * 40 for n in range(9)})
    },
    "bytes in many files": {f"ann_101_{n}_a.json": b" " * 40 for n in range(9)},
    "bytes in many archives": {
        f"ann_101_{n}00_a.zip": zipped({"a.json": b" " * 40}) for n in range(1, 9)
    },
    "an archive without a name": {"a.zip": zipped({f"{n}.json": b" " * 40 for n in range(9)})},
    "entries in one archive": {"ann_101_901_a.zip": zipped({f"{n}.json": b"" for n in range(9)})},
    "entries in many archives": {
        f"ann_101_{n}00_a.zip": zipped({"a.json": b"", "b.json": b""}) for n in range(1, 9)
    },
    "a nested bomb": {"ann_101_901_a.zip": zipped({"b.zip": b"PK\x03\x04" + b" " * 4000})},
}


@pytest.mark.parametrize("kind", GREEDY)
@pytest.mark.parametrize("first", [True, False])
def test_one_students_greed_costs_no_other_student_a_file(tmp_path, kind, first):
    """Whether it comes before the others or after, in its own archive or beside theirs."""
    honest = {f"{who}_20{n}_80{n}_a.json": b"{}" for n, who in enumerate(("ben", "cem"))}
    honest |= {"dora_203_803_a.zip": zipped({"a.json": b"{}"})}
    members = GREEDY[kind] | honest if first else honest | GREEDY[kind]
    things = search(tmp_path, members, student=200, entries=6, archive=1000)
    handed = {place for what, place, *_ in things if what is Handed}
    assert handed >= {
        "a.zip/ben_200_800_a.json", "a.zip/cem_201_801_a.json", "a.zip/dora_203_803_a.zip/a.json"
    }  # fmt: skip
    troubles = [place for what, place, *_ in things if what is Trouble]
    assert troubles
    assert all(place.startswith(("a.zip/ann_101_", "a.zip/a.zip")) for place in troubles)


HOSTILE = """
import sys
from boundaries.instructor.platforms import handed_files
for thing in handed_files(sys.argv[1:]):
    kind = "Trouble" if thing.trouble else "Handed"
    print(kind, thing.trouble)
# not getrusage: its peak is inherited from the test runner that started this process
print(int(open('/proc/self/status', encoding='utf-8').read().split('VmHWM:')[1].split()[0]) // 1024)
"""


def bomb(size: int) -> bytes:
    """A member of `size` zeros, deflated."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.json", "w", force_zip64=True) as f,
    ):
        for _ in range(size // 10_000_000):
            f.write(bytes(10_000_000))
    return made.getvalue()


def zeros(tens: int) -> bytes:
    """One member of so many times ten million zeros, without packing them all: the packed form of ten is repeated."""
    import zlib

    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = squeeze.compress(bytes(10_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    piece = squeeze.compress(bytes(10_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    data = start + piece * (tens - 1) + squeeze.flush()
    header = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(data), 2**32 - 2, 6, 0)
        + b"a.json"
    )
    fields = (b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(data), 2**32 - 2, 6, 0, 0, 0, 0, 0, 0)
    listed = struct.pack("<4s6H3L5H2L", *fields) + b"a.json"
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(header) + len(data), 0
    )
    return header + data + listed + end


@pytest.mark.process
def test_bombs_and_a_hundred_thousand_entries_stay_below_300_megabytes(tmp_path):
    files = {
        "bomb.zip": zeros(1001),  # ten gigabytes
        "small.zip": zeros(60),
        "nested.zip": zipped(
            {"n.zip": bomb(100_000_000), "m.zip": bytes(40_000_000)}, zipfile.ZIP_DEFLATED
        ),
        "entries.zip": zipped((f"{n}.json", b"{}") for n in range(100_001)),
        "class.zip": zipped(
            {
                "ann_101_901_a.zip": zipped((f"{n:060}.json", b"{}") for n in range(20_001)),
                "ben_102_902_a.json": b"{}",
            }
        ),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    large = "Trouble it has more than 2,000,000 bytes, which no submission has."
    paths = [str(tmp_path / name) for name in files]
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, *paths],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    *lines, megabytes = done.stdout.splitlines()
    assert lines == [
        large,
        large,
        large,
        "Trouble it has more than 32,000,000 bytes. Unpack it first.",
        f"Trouble {MANY.format(100_000)}",
        f"Trouble {MANY.format(20_000)}",
        "Handed ",
    ]
    assert int(megabytes) < 300


def test_a_bomb_in_the_list_of_contents_is_not_read(tmp_path):
    listed = b"PK\x01\x02" + bytes(42)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 17_000_000, 0, 0)
    assert search(tmp_path, listed * 400_000 + end) == [(Trouble, "a.zip", MANY.format(100_000))]


# -- anything at all -----------------------------------------------------------------------------------------------

SEEDS = [
    zipped(
        {"a_1_2_x.json": b'{"a": 1}', "b/c.json": b"[]", "n.zip": zipped({"x.json": b"{}"})},
        zipfile.ZIP_DEFLATED,
    ),
    nest(3),
    locked(),
]
FUZZ = examples(100)


@FUZZ
@given(seed=st.sampled_from(SEEDS), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
       cut=st.floats(0, 1), more=st.binary(max_size=40))  # fmt: skip
def test_no_damage_gives_a_traceback(tmp_path, seed, changes, cut, more):
    data = bytearray(seed)
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    data = data[: int(len(data) * cut)] if cut < 0.2 else data
    (tmp_path / "a.zip").write_bytes(bytes(data) + more)
    for thing in handed_files([tmp_path / "a.zip"]):
        assert not (thing.data and thing.trouble)
        assert thing.place.isprintable()


@FUZZ
@given(
    name=st.text(max_size=60)
    | st.from_regex(r"[a-z_0-9 \-]*(_attempt_|_LATE_|assignsubmission_file| - )[^/]*")
)
def test_no_name_gives_a_traceback(name):
    assert isinstance(origin("", ("a.zip", name, "x.json"), DUE).who, str)
    assert isinstance(origin("", (name,), DUE).late, bool | None)


def test_a_very_long_name_is_matched_in_no_time():
    import time

    start = time.process_time()  # of this test alone, however busy the machine is
    for part in (
        "_1" * 30_000,
        "_attempt_" * 7_000,
        "1-1 - " * 10_000,
        " - " * 20_000,
        "0" * 65_000,
    ):
        origin("", ("a.zip", part), DUE)
    assert time.process_time() - start < 1


def test_reading_writes_nothing(tmp_path):
    (tmp_path / "a.zip").write_bytes(SEEDS[0])
    before = {p: p.stat().st_mtime_ns for p in Path(tmp_path).rglob("*")}
    list(handed_files([tmp_path]))
    assert {p: p.stat().st_mtime_ns for p in Path(tmp_path).rglob("*")} == before


@pytest.mark.parametrize(
    ("when", "name", "late"),
    [
        ("Ann Berg - Smith - Oct 2, 2026 205 PM", "Ann Berg - Smith", True),
        ("Ann Berg - Smith - Oct 2, 2026 155 PM - my file.json", "Ann Berg - Smith", False),
        # A date that can be read in two ways is not replaced by one that a student wrote.
        ("Ann Berg - 2-10-2026 205 PM - Oct 1, 2026 900 AM.json", "Ann Berg", None),
    ],
)
def test_a_name_may_hold_what_brightspace_puts_before_the_date(when, name, late):
    told = origin("", ("hw.zip", f"5001-81 - {when}"), datetime(2026, 10, 2, 14, 0))
    assert (told.layout, told.name, told.late) == ("brightspace", name, late)
