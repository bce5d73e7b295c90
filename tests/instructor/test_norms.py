"""A norm set out of a workshop's store: released counts alone, and every refusal in a sentence."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace

import pytest

from boundaries.answers.judgments import Judgment, level_of
from boundaries.answers.store import Session, Store
from boundaries.charts import norms as chart_of
from boundaries.cli import main
from boundaries.content import check, load
from boundaries.counts.classes import classroom
from boundaries.counts.comparison import answers_to

CONSENT = "All were told that counts would be shown to classes, and agreed."
STORM, FLYING, STEPS = "after-the-storm", "six-sessions-on-flying", "the-kitchen-window"


def judged(course, id, number, rating, wording="", phase="first"):
    item = course.vignettes[id]
    participant = f"{number:064x}"
    level = level_of(participant, item)
    confidence = 3 if rating else None
    return Judgment(
        "workshop",
        participant,
        id,
        wording or item.wording,
        phase,
        level,
        rating,
        confidence,
        "",
        1,
    )


@pytest.fixture
def workshop(course, tmp_path):
    """Nineteen practitioners; four of them judged the garden steps, and all the old words of one case."""
    store = Store(tmp_path / "workshop.sqlite")
    store.describe(Session("workshop", "Training day", invented=False))
    rows = []
    for number in range(19):
        rows.append(judged(course, FLYING, number, None if number == 0 else 1))
        rows.append(judged(course, STORM, number, 1 + number % 3))
        rows.append(judged(course, STORM, number, 5, phase="informed"))
        rows.append(judged(course, "found-you", number, 2, wording="0123456789ab"))
    rows += [judged(course, STEPS, number, 3) for number in range(4)]
    store.merge(rows)
    return store


def words(store, path, **changed):
    given = {
        "who": "counselors at a training day",
        "country": "gb",
        "year": "2026",
        "consent": CONSENT,
    }
    options = []
    for name, value in (given | changed).items():
        options += [f"--{name}", value]
    return ["norms", str(store.path), *options, "-o", str(path)]


def test_a_norm_set_is_the_released_first_judgments_and_nothing_else(
    course, workshop, tmp_path, capsys
):
    path = tmp_path / "norms" / "training-day.toml"
    assert main(words(workshop, path)) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"2 cases of 'workshop' in {path}.\n")
    assert (
        "groups are withheld: they are small, could give one away, or answered another wording."
        in said
    )
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    answers = written.pop("answers")
    assert written == {
        "who": "counselors at a training day",
        "country": "gb",
        "year": 2026,
        "consent": CONSENT,
    }
    (flying,) = [entry for entry in answers if entry["item"] == FLYING]
    assert (flying["levels"], flying["ratings"], flying["skips"]) == ([], [18, 0, 0, 0, 0], 1)
    storm = [entry for entry in answers if entry["item"] == STORM]
    (shown,) = answers_to(classroom(workshop, content=course), [course.vignettes[STORM]], "first")
    assert [tuple(entry["ratings"]) for entry in storm] == [group.counts for group in shown.groups]
    assert {entry["item"] for entry in answers} == {FLYING, STORM}


def test_a_norm_set_that_was_written_passes_the_check_and_is_drawn_beside_a_class(
    course, workshop, tmp_path, capsys
):
    data = shutil.copytree(course.folder, tmp_path / "data")
    assert main(words(workshop, data / "norms" / "training-day.toml")) == 0
    assert check.faults(data) == []
    chart = chart_of(classroom(content=course), load(data), FLYING)
    assert chart.sentence == (
        "Invented answers. Mean ratings, from 1 never to 5 always ethical: “Six sessions on flying”, 1.0 in the class, "
        "1.0 among counselors at a training day, in the United Kingdom, 2026."
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"consent": "yes"},
            "--consent: 'yes' does not fit. A sentence of four words or more says how they agreed that counts of their "
            "answers are shown. Mend it.",
        ),
        (
            {"who": " "},
            "--who: it is empty. It says in a few words who answered, such as 'counselors at a training day'. Write it.",
        ),
        (
            {"country": "uk"},
            "--country: 'uk' is not a country in countries.toml. Choose 'au', 'ca', 'es', 'gb', 'ie', "
            "'in', 'nl', 'no', 'nz', 'pt', 'sg', 'us' or 'za'.",
        ),
    ],
)
def test_what_is_missing_is_refused_and_nothing_is_written(
    workshop, tmp_path, capsys, changed, sentence
):
    path = tmp_path / "training-day.toml"
    assert main(words(workshop, path, **changed)) == 1
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not path.exists()


def test_without_a_consent_the_command_says_what_it_needs(workshop, tmp_path, capsys):
    given = words(workshop, tmp_path / "x.toml")
    at = given.index("--consent")
    assert main(given[:at] + given[at + 2 :]) == 2
    assert capsys.readouterr().err == (
        "python -m boundaries norms: --consent is missing (a sentence that says how they agreed to be shown). "
        "`python -m boundaries norms --help` says more.\n"
    )


def test_a_name_that_is_no_id_and_a_file_that_is_there_are_refused(workshop, tmp_path, capsys):
    path = tmp_path / "Training Day.toml"
    assert main(words(workshop, path)) == 1
    assert capsys.readouterr().err == (
        f"{path}: the file's name is the norm set's id. It is lower-case letters and digits with single hyphens, and "
        "ends in '.toml', such as 'training-day-2026.toml'. Rename it.\n"
    )
    path = tmp_path / "training-day.toml"
    path.write_text("mine", encoding="utf-8")
    assert main(words(workshop, path)) == 1
    assert capsys.readouterr().err == (
        f"{path}: there is such a file already. Make one norm set of a workshop, when it is closed: two made at "
        "different times can be subtracted. Choose another name.\n"
    )
    assert path.read_text(encoding="utf-8") == "mine"


def test_too_few_another_wording_and_invented_answers_make_no_norm_set(course, tmp_path, capsys):
    few = Store(tmp_path / "few.sqlite")
    few.describe(Session("workshop", "Training day", invented=False))
    few.merge([judged(course, FLYING, number, 1) for number in range(4)])
    few.merge([judged(course, STEPS, number, 3, wording="0123456789ab") for number in range(30)])
    assert main(words(few, tmp_path / "few.toml")) == 1
    assert capsys.readouterr().err == (
        "Nothing of 'workshop' may be shown: no case was judged by 5 people or more in the wording that the course "
        "asks today. Wait until more have judged.\n"
    )
    drawn = Store(tmp_path / "drawn.sqlite")
    drawn.describe(Session("invented-1", "Drawn", invented=True))
    drawn.merge(
        [replace(judged(course, FLYING, number, 1), session="invented-1") for number in range(9)]
    )
    assert main(words(drawn, tmp_path / "drawn.toml")) == 1
    assert capsys.readouterr().err == (
        "The answers of 'invented-1' are invented. A norm set holds what practitioners answered. Name the store of a "
        "workshop.\n"
    )
    assert not list(tmp_path.glob("*.toml"))
