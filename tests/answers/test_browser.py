"""A browser's store: each judgment one file on its drive, read back before the receipt, none lost between two tabs."""

from __future__ import annotations

import json
import os
import threading
from itertools import cycle

import pytest

from boundaries.answers import browser, students
from boundaries.answers.browser import BrowserStore, BrowserStudent, answers_folder
from boundaries.answers.judgments import participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.errors import AlreadyLocked, StoreError
from boundaries.instructor.collect import collect
from boundaries.lessons.handin import HandIn


class Tab(BrowserStudent):
    """A notebook in a tab of its own: another Python on the same drive."""

    def _open_store(self):
        return BrowserStore(self.path)


@pytest.fixture
def drive(tmp_path):
    return tmp_path / "my-answers" / "own-study"


def names(drive, kind="judgments"):
    return sorted(path.name for path in drive.iterdir() if path.name.startswith(f"{kind}-"))


def test_each_judgment_is_a_file_of_its_own_and_comes_back_in_a_new_browser(course, drive):
    tab = Tab("own-study", drive)
    item, other = list(course.vignettes.values())[:2]
    tab.judge(item, "first", 2, 3, "a reason — “so”")
    tab.judge(other, "first", None)
    tab.judge(item, "informed", 4, 4)
    tab.judge(item, "informed", 5, 4)
    tab.keep(item.id, {"a-model/a-question": "words"})
    tab.set_consent(True)
    assert len(names(drive)) == 3
    again = Tab("own-study", drive)
    assert again.participant == tab.participant
    assert again.judgments() == tab.judgments()
    assert again.writings() == tab.writings()
    assert again.consent()
    assert again.judge(other, "informed", 1, 1).revision > max(j.revision for j in tab.judgments())


def test_a_case_that_is_locked_in_one_tab_is_refused_in_another(course, drive):
    one, two = Tab("own-study", drive), Tab("own-study", drive)
    item, other = list(course.vignettes.values())[:2]
    one.judge(item, "first", 2, 3)
    with pytest.raises(AlreadyLocked):
        two.judge(item, "first", 5, 3)
    two.judge(other, "first", 1, 1)
    assert [j.rating for j in Tab("own-study", drive).judgments()] == [
        j.rating for j in two.judgments()
    ]


def test_two_tabs_that_judge_at_the_same_moment_lose_none_and_no_receipt_is_untrue(course, drive):
    items = list(course.vignettes.values())[:5]
    tabs = [Tab("own-study", drive) for _ in range(2)]
    receipts, start = [], threading.Barrier(2)

    def judge(tab, ratings):
        for item in items:
            start.wait()
            for _ in range(5):  # a student presses again where a sentence says so
                try:
                    receipts.append(tab.judge(item, "first", next(ratings), 3))
                    break
                except AlreadyLocked:
                    break
                except StoreError as error:
                    assert "Another notebook" in str(error)  # noqa: PT017 - on a thread

    threads = [
        threading.Thread(target=judge, args=(tab, cycle(ratings)))
        for tab, ratings in zip(tabs, ((1, 2), (5, 4)), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = Tab("own-study", drive).judgments()
    assert {j.item for j in stored} == {item.id for item in items}
    assert sorted(receipts, key=lambda j: j.item) == sorted(stored, key=lambda j: j.item)


def test_a_drive_that_gives_back_something_else_gets_no_receipt(course, drive, monkeypatch):
    tab = Tab("own-study", drive)
    item = next(iter(course.vignettes.values()))
    monkeypatch.setattr(
        browser.Path, "write_text", lambda path, text, encoding: path.write_bytes(b"{}")
    )
    with pytest.raises(StoreError):
        tab.judge(item, "first", 2, 3)
    monkeypatch.undo()
    assert tab.judgments() == []


def test_a_full_drive_gets_no_receipt_and_the_next_try_is_stored(course, drive, monkeypatch):
    tab = Tab("own-study", drive)
    item = next(iter(course.vignettes.values()))

    def full(path, text, encoding):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(browser.Path, "write_text", full)
    with pytest.raises(StoreError):
        tab.judge(item, "first", 2, 3)
    monkeypatch.undo()
    assert tab.judgments() == []
    tab.judge(item, "first", 3, 3)
    assert [j.rating for j in Tab("own-study", drive).judgments()] == [3]


def test_what_a_closed_tab_left_stops_nobody(course, drive):
    tab = Tab("own-study", drive)
    left = drive / f"{browser._CLAIM}0.json"
    left.write_text("{}", encoding="utf-8")
    os.utime(left, (0, 0))
    tab.judge(next(iter(course.vignettes.values())), "first", 2, 3)
    assert not left.exists()


def test_the_token_file_follows_carry(course, drive, tmp_path):
    elsewhere = Student("own-study", tmp_path / "own-study.sqlite")
    item = next(iter(course.vignettes.values()))
    elsewhere.judge(item, "first", 2, 3)
    tab, open_before = Tab("own-study", drive), Tab("own-study", drive)
    tab.carry(elsewhere.backup_code(), elsewhere.judgments())
    (token,) = [
        json.loads((drive / name).read_text("utf-8"))["row"] for name in names(drive, "tokens")
    ]
    assert participant_of("own-study", token["token"]) == elsewhere.participant
    assert Tab("own-study", drive).judgments() == elsewhere.judgments()
    with pytest.raises(StoreError, match="another code since this lesson began"):
        open_before.judge(list(course.vignettes.values())[1], "first", 2, 3)


def test_a_file_that_was_never_filled_is_passed_over(course, drive):
    """The drive makes a file first and fills it then; a browser may be killed in between."""
    item = next(iter(course.vignettes.values()))
    Tab("own-study", drive).judge(item, "first", 2, 3)
    (name,) = names(drive)
    (drive / name).write_bytes(b"")
    again = Tab("own-study", drive)
    assert again.judgments() == []
    again.judge(item, "first", 2, 3)
    assert [j.rating for j in Tab("own-study", drive).judgments()] == [2]


def test_a_file_that_the_course_did_not_write_is_named(drive):
    Tab("own-study", drive)
    strange = drive / "judgments-000000000000-1-00000000.json"
    strange.write_text('{"layout": 1, "row": {"rating": 5}}', encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        Tab("own-study", drive)
    assert str(caught.value) == (
        f"{strange}: this file is no answer that the course wrote. "
        "Move it out of this folder, then run the notebook from its top."
    )


def test_homework_from_a_browser_and_from_a_notebook_is_collected_as_equal_rows(
    course, drive, tmp_path
):
    """Levels and order are by a hash of the participant: the same token and answers give the same rows."""
    token = "0" * 32
    own = Student("own-study", tmp_path / "own-study.sqlite", token)
    BrowserStore(drive).token("own-study", token)
    items = list(course.vignettes.values())[:9]
    collected = []
    for who in (own, Tab("own-study", drive)):
        for number, item in enumerate(items, 1):
            who.judge(item, "first", number % 5 + 1, number % 4 + 1)
            who.judge(item, "informed", 3, 2, "after the codes")
        who.keep("business", {"two-cases/same": "both bargain"})
        folder = tmp_path / f"class-{len(collected)}"
        folder.mkdir()
        box = HandIn(items, course, who, folder / "boundaries-submission.json")
        assert box.save(consent=True)
        assert (bool(who.caution) and who.caution in box._notices()) == (who is not own)
        store = Store(folder / "class.sqlite")
        assert collect([folder / "boundaries-submission.json"], store, course).new == 18
        collected.append(store.judgments("own-study"))
    assert len(collected[0]) == 18
    assert collected[0] == collected[1]


def test_a_browser_without_files_says_what_to_do(tmp_path, monkeypatch, course):
    with pytest.raises(StoreError) as caught:
        answers_folder(tmp_path / "drive")
    assert str(caught.value).startswith(
        "This browser keeps no files for the course, as in some private windows"
    )
    monkeypatch.setattr(students, "IN_BROWSER", True)
    with pytest.raises(StoreError):
        students.student(course, {})
    monkeypatch.setattr(browser, "answers_folder", lambda: tmp_path / "drive")
    own = students.student(course, {})
    assert own.place == f"this browser only, {own.path}"
    assert own.path.parent == tmp_path / "drive"
