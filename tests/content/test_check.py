"""check: every fault of every file, in one run, in sentences that are quoted here whole."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from boundaries.content import check, load
from boundaries.content.check import wordings
from boundaries.content.check.inspection import Inspection
from boundaries.content.parsing import SURVEY_COLUMNS
from boundaries.errors import ContentError

HERE = Path(__file__).parent
WHOLE = HERE / "broken" / "whole"
SCHEMAS = HERE.parent.parent / "data" / "schema"
README = HERE.parent.parent / "data" / "README.md"
FAULTS = tomllib.loads((HERE / "broken" / "faults.toml").read_text(encoding="utf-8"))["fault"]
BENCH = "vignettes/garden-bench.toml"
SEE = "see data/README.md."


@pytest.fixture
def data(tmp_path):
    """A whole content folder, to be broken."""
    return Path(shutil.copytree(WHOLE, tmp_path / "data"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def apart_from_the_lock(folder: Path) -> list[str]:
    return [said for said in check.faults(folder) if "data/wordings.lock" not in said]


def test_a_whole_folder_has_no_fault_and_loads():
    assert check.summary(WHOLE) == "No faults: 2 vignettes, 2 codes, 1 claim, 2 types."
    assert list(load(WHOLE).all_vignettes) == ["garden-bench", "garden-table"]


def test_the_courses_own_content_has_no_fault():
    assert check.faults() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["rule"].replace(" ", "-"))
def test_each_rule_says_what_where_and_how_to_mend_it(data, fault):
    change(data / fault["file"], fault["old"], fault["new"])
    assert apart_from_the_lock(data) == fault["says"]


def test_all_faults_of_all_files_are_told_in_one_run(data):
    few = [
        fault
        for fault in FAULTS
        if fault["rule"] in ("an empty text", "a type's id twice", "an unknown mode")
    ]
    for fault in few:
        change(data / fault["file"], fault["old"], fault["new"])
    said = sorted(sentence for fault in few for sentence in fault["says"])
    count = "3 faults in 3 files. Numbers in square brackets count from 1."
    assert check.faults(data) == said
    assert check.summary(data) == "\n".join([*said, "", count])


@pytest.mark.slow
def test_every_field_may_be_missing_or_anything_without_an_exception(data):
    for path in sorted(data.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for line in {
            x.split(" = ")[0] for x in text.splitlines() if " = " in x and not x.startswith("#")
        }:
            for new in ("", f"{line} = 7\n", f"{line} = [[7], {{}}]\n"):
                path.write_text(
                    re.sub(rf"(?m)^{line} = .*\n", new, text, count=1), encoding="utf-8"
                )
                assert isinstance(check.faults(data), list)
        path.write_text(text, encoding="utf-8")


# Files that cannot be read, or are not where they should be


def test_a_file_that_is_not_utf_8(data):
    (data / BENCH).write_bytes(b'title = "caf\xe9"\n')
    assert apart_from_the_lock(data) == [
        "data/vignettes/garden-bench.toml, line 1: a letter is not in UTF-8. Content is UTF-8. Save the file anew as "
        "UTF-8, or type the letter again; see data/README.md."
    ]


def test_a_file_that_an_editor_saved_as_utf_16(data):
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        (data / BENCH).write_bytes('title = "A bench"\n'.encode(encoding))
        assert apart_from_the_lock(data) == [
            "data/vignettes/garden-bench.toml: it is saved as UTF-16, which Windows also calls Unicode. Content is "
            "UTF-8. Save it anew as UTF-8; see data/README.md."
        ]


def test_a_number_sign_in_a_text_hides_no_quote(data):
    change(data / BENCH, 'title = "A garden bench"', 'title = "Bench #1",  # a "note"')
    assert apart_from_the_lock(data) == [
        "data/vignettes/garden-bench.toml, line 2: a comma stands at the end. Lines need none. Take it out; "
        "see data/README.md."
    ]


def test_files_that_are_passed_over_are_named(data):
    shutil.copy(data / BENCH, data / "vignettes" / "my-bench.toml.txt")
    shutil.copy(data / BENCH, data / "codes" / "our-board.TOML")
    assert check.faults(data) == [
        "data/codes/our-board.TOML: it is not read, for its name does not end in '.toml'. Rename it to "
        "'our-board.toml'; see data/README.md.",
        "data/vignettes/my-bench.toml.txt: it is not read, for its name does not end in '.toml'. Rename it to "
        "'my-bench.toml'; see data/README.md.",
    ]
    (data / "codes" / "our-board.TOML").unlink()
    (data / "vignettes" / "my-bench.toml.txt").rename(data / "vignettes" / "my-bench.docx")
    shutil.copy(data / BENCH, data / "my-bench.toml")
    assert check.summary(data).splitlines()[1:] == [
        "Not read, for a case is a '.toml' file in vignettes/ or in a folder that course.toml names: "
        "data/vignettes/my-bench.docx, data/my-bench.toml."
    ]


def test_a_date_that_has_not_come_is_named_and_is_no_fault(data):
    change(data / BENCH, 'date = "2026-11-22"', 'date = "2962-11-22"')
    assert check.summary(data).splitlines()[1:] == [
        "Dated in the future: data/vignettes/garden-bench.toml (2962-11-22)."
    ]


def test_a_file_with_nothing_in_it_or_with_lines_of_long_ago_has_one_fault(data):
    (data / BENCH).write_bytes(b"")
    assert apart_from_the_lock(data) == [
        "data/vignettes/garden-bench.toml: there is nothing in it. Copy an example from data/README.md into it, and "
        "change that; see data/README.md."
    ]
    (data / BENCH).write_bytes(b'type = "business"\rtitle = "A garden bench"\r')
    assert apart_from_the_lock(data) == [
        "data/vignettes/garden-bench.toml: its lines end as on computers of long ago. They end in LF or in CR "
        "and LF. Save the file anew; see data/README.md."
    ]


def test_letters_that_no_font_has_are_named_and_are_no_fault(data):
    change(data / "course.toml", 'title = "Own study"', 'title = "Ethics 伦 2026 伦"')
    report = check.summary(data, lambda text: text.replace("伦", "□")).splitlines()
    assert report == [
        "No faults: 2 vignettes, 2 codes, 1 claim, 2 types.",
        "Not drawn: no font on this computer has '伦' of data/course.toml, so charts print a box. Write it otherwise, "
        "or install a font that has it, such as one of the Noto family.",
    ]


def test_a_provision_that_is_not_there_is_sought_on_its_topic(data):
    change(data / BENCH, '"A.1/business_purchasing"', '"A.9/business_purchasing"')
    change(data / "codes" / "invented-2020.toml", "A.2/gifts", "A.2/business_purchasing")
    assert apart_from_the_lock(data) == [
        "data/vignettes/garden-bench.toml, readings[1].provisions[1]: 'A.9/business_purchasing' is not a provision "
        "of invented-2020. On this topic it holds 'A.1/business_purchasing' and 'A.2/business_purchasing'. Cite an "
        "id from codes/invented-2020.toml; see data/README.md."
    ]


def test_a_byte_order_mark(data):
    (data / BENCH).write_bytes(b"\xef\xbb\xbf" + (data / BENCH).read_bytes())
    assert check.faults(data) == [
        "data/vignettes/garden-bench.toml: it begins with a byte order mark. Content is plain UTF-8. "
        "Save it as 'UTF-8 without BOM'; see data/README.md."
    ]


def test_brackets_nested_deeper_than_anything_can_read(data):
    change(data / "course.toml", "minimum_group = 5", f"minimum_group = {'[' * 5000}{']' * 5000}")
    assert check.faults(data) == [
        "data/course.toml: its brackets are nested too deeply to be read. Content needs three levels. "
        "Take brackets out; see data/README.md."
    ]


def test_a_file_that_is_needed_and_missing(data):
    (data / "types.toml").unlink()
    assert check.faults(data) == [
        "data/types.toml: there is no such file. The course cannot do without it. Put it back; see data/README.md."
    ]


def test_a_file_name_that_is_no_id(data):
    (data / BENCH).rename(data / "vignettes" / "Garden_Bench.toml")
    assert apart_from_the_lock(data) == [
        "data/vignettes/Garden_Bench.toml: the file name 'Garden_Bench' is not an id. An id is lower-case letters and "
        "digits with single hyphens, such as 'shared-laptop'. Rename the file; see data/README.md.",
        "data/vignettes/garden-table.toml, replaces: 'garden-bench' is not a vignette. Did you mean 'Garden_Bench'? "
        "Name an existing file, without '.toml'; see data/README.md.",
    ]


def test_a_survey_table_without_a_column(data):
    (data / "surveys.csv").write_text(
        ",".join(SURVEY_COLUMNS).replace("percent", "share"), encoding="utf-8"
    )
    assert check.faults(data) == [
        "data/surveys.csv: the column 'percent' is missing. The first line names every column. "
        "Put it back; see data/README.md."
    ]


# A teacher's own folder


@pytest.fixture
def own(data):
    """A folder of a teacher's own, beside the course's and named in course.toml."""
    change(data / "course.toml", "folders = []", 'folders = ["../my-cases"]')
    folder = data.parent / "my-cases"
    folder.mkdir()
    shutil.copy(data / BENCH, folder / "my-bench.toml")
    return folder


def test_a_teachers_own_case_is_counted_and_needs_no_lock(data, own):
    assert (
        check.summary(data) == "No faults: 3 vignettes (1 of your own), 2 codes, 1 claim, 2 types."
    )


def test_a_teachers_own_case_is_checked_and_named_as_the_teacher_wrote_its_folder(data, own):
    change(own / "my-bench.toml", "minutes = 8\n", "")
    change(own / "my-bench.toml", 'type = "business"', 'type = "garden"')
    assert [said.split(": ")[0] for said in check.faults(data)] == [
        "../my-cases/my-bench.toml",
        "../my-cases/my-bench.toml, type",
    ]


def test_an_id_that_two_folders_use(data, own):
    (own / "my-bench.toml").rename(own / "garden-bench.toml")
    change(own / "garden-bench.toml", "lower price and takes", "lower price. She takes")
    assert check.faults(data) == [
        "../my-cases/garden-bench.toml: its id is used by data/vignettes/garden-bench.toml too. "
        "An id names one vignette or claim. Rename this file; see data/README.md.",
        "../my-cases/garden-bench.toml, act: 2 sentences were found. The act is exactly one sentence. "
        "Mend it, or move the rest into the case; see data/README.md.",
    ]


def test_a_teachers_own_folder_is_never_written_to(data, own):
    before = {path: path.read_bytes() for path in own.iterdir()}
    (data / "wordings.lock").unlink()
    assert [line.split()[0] for line in check.lock_wordings(data)] == [
        "bargains",
        "garden-bench",
        "garden-table",
    ]
    assert {path: path.read_bytes() for path in own.iterdir()} == before


def test_a_teachers_own_lock_is_kept_by_the_teacher(data, own):
    (own / "wordings.lock").write_text("my-old-bench 0123456789ab\n", encoding="utf-8")
    wording = load(data).item("my-bench").wording
    assert check.faults(data) == [
        "../my-cases/my-bench.toml: its wording is not in ../my-cases/wordings.lock. Every wording that is taught "
        f"stands there. Add the line 'my-bench {wording}'; see data/README.md.",
        "../my-cases/wordings.lock, my-old-bench: no vignette or claim has this id. Stored judgments name it. "
        "Put it back under its old name; see data/README.md.",
    ]


# The lock


def test_wordings_are_those_that_content_reckons():
    for folder in (WHOLE, HERE.parent.parent / "data"):
        content, scale = (
            load(folder),
            tomllib.loads((folder / "scale.toml").read_text(encoding="utf-8")),
        )
        for path in (folder / "vignettes").glob("*.toml"):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            assert (
                wordings.vignette_wording(table, scale) == content.all_vignettes[path.stem].wording
            )
        for claim in tomllib.loads((folder / "claims.toml").read_text(encoding="utf-8"))["claims"]:
            assert wordings.claim_wording(claim, scale) == content.claims[claim["id"]].wording


def test_a_folder_without_a_lock_is_told_how_to_make_one(data):
    (data / "wordings.lock").unlink()
    assert check.faults(data) == [
        "data/wordings.lock: there is no such file. It keeps each wording used. "
        "Run `python -m boundaries check --lock`; see data/README.md."
    ]
    assert len(check.lock_wordings(data)) == 3
    assert check.faults(data) == []
    assert (data / "wordings.lock").read_bytes() == (WHOLE / "wordings.lock").read_bytes()


def test_a_used_wording_that_was_edited(data):
    change(data / BENCH, "bring it", "carry it")
    assert check.faults(data) == [
        "data/vignettes/garden-bench.toml: what is asked has changed since its wording was put into "
        "data/wordings.lock. A used wording is never edited. "
        'Undo the change, and make a new file with replaces = "garden-bench"; see data/README.md.'
    ]


def test_a_used_claim_that_was_edited(data):
    change(data / "claims.toml", "no bargain", "no gift")
    assert check.faults(data) == [
        "data/claims.toml, claims[1]: what is asked has changed since its wording was put into data/wordings.lock. "
        'A used wording is never edited. Undo the change, and make a new file with replaces = "bargains"; '
        "see data/README.md."
    ]


def test_a_used_item_that_is_gone(data):
    (data / "vignettes" / "garden-table.toml").unlink()
    assert check.faults(data) == [
        "data/wordings.lock, garden-table: no vignette or claim has this id. Stored judgments name it. "
        "Put it back under its old name; see data/README.md."
    ]


def test_a_new_item_is_not_in_the_lock_until_it_is_locked(data):
    shutil.copy(data / BENCH, data / "vignettes" / "garden-chair.toml")
    assert check.faults(data) == [
        "data/vignettes/garden-chair.toml: its wording is not in data/wordings.lock. Every wording that is taught "
        "stands there. Run `python -m boundaries check --lock`; see data/README.md."
    ]
    before = (data / "wordings.lock").read_text(encoding="utf-8").splitlines()
    (added,) = check.lock_wordings(data)
    assert added == f"garden-chair {load(WHOLE).item('garden-bench').wording}"
    after = (data / "wordings.lock").read_text(encoding="utf-8").splitlines()
    assert sorted(after) == sorted([*before, added])
    assert after[3:] == sorted(after[3:])
    assert check.faults(data) == []
    assert check.lock_wordings(data) == []


def test_locking_never_changes_an_old_line(data):
    change(data / BENCH, "bring it", "carry it")
    change(data / "claims.toml", "no bargain", "no gift")
    (data / "vignettes" / "garden-table.toml").unlink()
    assert check.lock_wordings(data) == []
    assert (data / "wordings.lock").read_bytes() == (WHOLE / "wordings.lock").read_bytes()


@pytest.mark.parametrize(
    ("file", "old", "new"), [(BENCH, "minutes = 8\n", ""), ("scale.toml", 'label = "True"\n', "")]
)
def test_an_item_with_another_fault_is_not_locked(data, file, old, new):
    lock = data / "wordings.lock"
    lock.write_text(
        "".join(
            x
            for x in lock.read_text(encoding="utf-8").splitlines(True)
            if not x.startswith("garden-bench")
        ),
        encoding="utf-8",
    )
    before = lock.read_bytes()
    change(data / file, old, new)
    assert check.lock_wordings(data) == []
    assert lock.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("<<<<<<< mine", "is not an id and twelve hex digits"),
        ("bargains 0123456789ab", "has the id of a line above"),
    ],
)
def test_a_lock_that_was_edited_by_hand(data, line, found):
    with (data / "wordings.lock").open("a", encoding="utf-8") as lock:
        lock.write(line + "\n")
    said = f"data/wordings.lock, line 7: '{line}' {found}. One line an item is allowed. Restore the file; {SEE}"
    assert check.faults(data) == [said]
    with pytest.raises(ContentError) as error:
        check.lock_wordings(data)
    assert str(error.value) == said


# The list of situations, the schemas and the examples


def test_every_line_of_the_articles_is_listed():
    table = tomllib.loads(
        (HERE.parent.parent / "data" / "situations.toml").read_text(encoding="utf-8")
    )
    counts = {"S0": 16, "S1": 9, "S2": 13, "S3": 11, "S4": 6}
    assert [article["id"] for article in table["articles"]] == list(counts)
    assert [x["id"] for x in table["lines"]] == [
        f"{a}.{n}" for a, last in counts.items() for n in range(1, last + 1)
    ]


def test_a_line_that_grew_into_no_vignette_is_uncovered(data):
    assert Inspection(data).uncovered() == []
    change(data / BENCH, '["S0.1"]', "[]")
    change(data / "vignettes" / "garden-table.toml", '["S0.1"]', "[]")
    assert [str(finding) for finding in Inspection(data).uncovered()] == [
        "data/situations.toml, S0.1: no vignette has grown from this line. Each line is taught in at least one. "
        'Write a case with grew_from = ["S0.1"]; see data/README.md.'
    ]


def parts(schema):
    yield schema
    for below in [
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ]:
        yield from parts(below)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_schemas_are_closed_described_and_anchored(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in parts(schema):
        assert part["description"].endswith("."), part
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert part["title"]
            assert set(part["required"]) <= set(part["properties"])
        if "pattern" in part:
            assert part["pattern"].startswith("^")
            assert part["pattern"].endswith("$")


def test_there_is_a_schema_for_each_kind_of_file():
    kinds = {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json")}
    own = {"topics", "editions", "beside", "countries", "norms", "models", "lessons"}  # ours
    assert kinds == own | {
        "vignette",
        "code",
        "types",
        "scale",
        "course",
        "claims",
        "situations",
        "submission",
    }


EXAMPLES = dict(
    re.findall(
        r"^`([\w./-]+)`[^`\n]*:\n\n```toml\n(.*?)```",
        README.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)


def test_the_readme_has_one_example_of_each_kind():
    assert [file.split("/")[0].removesuffix(".toml") for file in EXAMPLES] == [
        "vignettes",
        "codes",
        "types",
        "claims",
        "norms",
        "course",
        "scale",
    ]


@pytest.mark.slow
def test_the_examples_of_the_readme_may_be_copied_as_they_are(tmp_path):
    data = Path(shutil.copytree(README.parent, tmp_path / "data"))
    own = tmp_path / "my-cases"
    own.mkdir()
    for file, text in EXAMPLES.items():
        if file == "vignettes/shared-laptop.toml":
            (own / "shared-laptop.toml").write_text(text, encoding="utf-8")
        elif file in ("types.toml", "claims.toml"):
            with (data / file).open("a", encoding="utf-8") as lines:
                lines.write(f"\n{text}")
        elif file != "scale.toml":
            (data / file).parent.mkdir(exist_ok=True)
            (data / file).write_text(text, encoding="utf-8")
    before = check.summary(README.parent)
    counts = [int(number) for number in re.findall(r"\d+", before)]
    assert (
        len(check.lock_wordings(data)) == 1
    )  # the claim; a case in a folder of one's own needs no line
    vignettes, codes, claims, types = [count + 1 for count in counts]
    report = check.summary(data).splitlines()
    assert report[0] == (
        f"No faults: {vignettes} vignettes (1 of your own), {codes} codes, {claims} claims, "
        f"{types} types."
    )
    assert report[1].startswith("Thin: no reading of ukcp-2019 in ")
    assert load(data).vignettes["shared-laptop"].dial is not None


def test_the_scale_entry_of_the_readme_is_the_real_one():
    real = tomllib.loads((HERE.parent.parent / "data" / "scale.toml").read_text(encoding="utf-8"))
    (example,) = tomllib.loads(EXAMPLES["scale.toml"])["stances"]
    assert example in real["stances"]


def test_the_sentence_that_the_readme_quotes_is_said(data):
    quoted = re.search(r"> (data/vignettes.*?)\n\n", README.read_text(encoding="utf-8"), re.DOTALL)
    (data / "vignettes" / "shared-laptop.toml").write_text(
        EXAMPLES["vignettes/shared-laptop.toml"], encoding="utf-8"
    )
    change(data / "vignettes" / "shared-laptop.toml", 'label = "2 weeks"', "")
    assert quoted[1].replace("\n> ", " ") in check.faults(data)
