"""What must be true after a bad day, read and counted without our own code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import closing

import pytest
from bad_day import CASES, HOMEWORK, LECTURE, Day, stored
from class_server import HOST

from boundaries.answers.judgments import participant_of
from boundaries.answers.store import Store
from boundaries.instructor.collect import collect

ALSO_THERE = "Also on the class server."
PHASES = ("first", "discussed", "informed")


def naive_ratings(rows, session):
    counts = Counter()
    for answer, wording, level, _ in rows:
        if answer.session == session:
            cell = (answer.item, wording, level, answer.phase, answer.confidence, answer.rating)
            counts[cell] += 1
    return counts


def naive_moves(rows, session):
    counts = Counter()
    for a, wording, level, _ in rows:
        for b, other_wording, _, _ in rows:
            same = (a.session, a.participant, a.item) == (b.session, b.participant, b.item)
            if not same or a.session != session or wording != other_wording:
                continue
            if PHASES.index(a.phase) < PHASES.index(b.phase):
                counts[a.item, wording, level, a.phase, a.rating, b.phase, b.rating] += 1
    return counts


def counted(rows):
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def zeros(counts):
    """Counts as a hall freezes them: 0 for a skip and for no confidence."""
    frozen = Counter()
    for cell, n in counts.items():
        frozen[tuple(0 if part is None else part for part in cell)] += n
    return frozen


def check_receipts(day, rows):
    """Every receipt that said "stored" is found; nothing is there that nobody sent, or twice."""
    there = {}
    for answer, _, _, revision in rows:
        assert answer in day.sent, f"nobody sent {answer}"
        assert answer[:4] not in there, f"twice: {answer}"
        there[answer[:4]] = (answer, revision)
    gone = {row[0].participant for row in day.forgotten}
    for confirmed in day.confirmed:
        if confirmed.answer.participant not in gone:
            check_kept(confirmed, there)


def check_kept(confirmed, there):
    """A first judgment of homework as it was; of any other that one, or a newer one."""
    answer, revision = confirmed
    kept, newest = there[answer[:4]]
    if answer.session == HOMEWORK and answer.phase == "first":
        assert kept == answer, "a first judgment changed"
    else:
        assert newest >= revision, f"older than confirmed: {kept}, {answer}"


def check_notebooks(day, rows):
    """What a form said is in the student's file is there; what was "also on the class server", or handed in, too."""
    in_class = {row[0][:4]: (row[0], row[3]) for row in rows}
    computers = Counter(notebook.person.name for notebook in day.notebooks)
    for notebook in day.notebooks:
        own = {row[0][:4]: (row[0], row[3]) for row in stored(notebook.path)}
        for confirmed in notebook.kept:
            check_kept(confirmed, own)
        if notebook.person.gone:
            continue
        for judgment in notebook.student.judgments():
            answer, revision = own[HOMEWORK, judgment.participant, judgment.item, judgment.phase]
            if notebook.sends and notebook.lesson._delivery.where(judgment) == ALSO_THERE:
                check_kept((answer, revision), in_class)
            if computers[notebook.person.name] == 1:  # of two, one file may contradict the other
                assert in_class[answer[:4]] == (answer, revision)


def check_counts(day, rows):
    """The tallies of the store, and what each hall froze, are plain counts of the rows."""
    with closing(Store(day.house.path)) as store:
        for session in (HOMEWORK, LECTURE):
            assert counted(store.ratings(session)) == naive_ratings(rows, session)
            assert counted(store.moves(session)) == naive_moves(rows, session)
    halls = day.house.app.state.server.halls
    # Who withdrew from the lecture did so after its end: what was revealed stays as it was shown.
    late = [row for row in day.forgotten if row[0].session == LECTURE]
    for code, session in ((day.homework, HOMEWORK), (day.hall, LECTURE)):
        frozen, of_cases = halls.everything_frozen(code), []
        for row in [*rows, *late]:
            if row[0].item in CASES:
                of_cases.append(row)
        assert counted(frozen.ratings) == zeros(naive_ratings(of_cases, session))
        assert counted(frozen.moves) == zeros(naive_moves(of_cases, session))


def check_consents(day):
    """What pages answered on research is what was acknowledged last."""
    with closing(Store(day.house.path)) as store:
        for person in day.pages:
            participant = participant_of(HOMEWORK, person.token)
            assert store.consent(HOMEWORK, participant) == (
                not person.gone and bool(person.consent)
            )


def check_export(day, rows, folder):
    """What a lecture exports and somebody collects elsewhere is the same again."""
    folder.mkdir()
    exported = day.http.get(f"/api/sessions/{day.hall}/export", headers=HOST).json()
    for number, submission in enumerate(exported["submissions"]):
        (folder / f"{number}.json").write_text(json.dumps(submission), "utf-8")
    with closing(Store(folder / "elsewhere.sqlite")) as store:
        collect([folder], store, day.course)
    of_lecture = [row for row in rows if row[0].session == LECTURE]
    assert Counter(stored(folder / "elsewhere.sqlite")) == Counter(of_lecture)


def check_traces(day, log):
    """Of those who withdrew nothing is left in store, its log or backup; the server's log names nobody."""
    words = {person.token for person in day.withdrawn}
    for answer, *_ in day.forgotten:
        words |= {answer.participant, answer.reason}
        words.add(hashlib.sha256(answer.reason.encode()).hexdigest()[:16])
    kept = [*day.house.path.parent.iterdir(), day.backup]
    data = b"".join(file.read_bytes() for file in kept)
    assert len(words) > 9
    assert [word for word in words if word.encode() in data] == []
    for answer in day.sent:
        assert answer.participant not in log
        assert answer.reason not in log


def live(folder, seed, steps, log):
    day = Day(folder, seed)
    try:
        day.play(steps)
        rows = stored(day.house.path)
        check_receipts(day, rows)
        check_notebooks(day, rows)
        check_counts(day, rows)
        check_consents(day)
        check_export(day, rows, folder / "exported")
        check_traces(day, log.text)
        assert day.again.new == 0
    except BaseException as error:
        error.add_note(f"This was the day of seed {seed}, with {steps} steps.")
        raise
    finally:
        day.end()


def test_after_a_bad_day_every_receipt_is_true_and_nothing_counts_twice(tmp_path, caplog):
    live(tmp_path, 3, 250, caplog)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_after_ten_worse_days_too(tmp_path, caplog, seed):
    live(tmp_path, seed, 800, caplog)
