"""Who handed in which file: the level of a tree that tells people apart, copies, and one person under two tokens."""

import pytest
from small_content import content as content_of
from small_content import vignette
from test_collect import gradebook, lay, student

from boundaries.instructor.collect import collect

SMALL = content_of(vignette("tiles"), vignette("car", levels=("low", "high")))
FILE = "boundaries-submission.json"


def collected(store, folder, tree, **more):
    """Collects a tree of files, each the submission of a token."""
    lay(folder, {path: student(token) for path, token in tree.items()})
    return collect([folder], store, SMALL, **more)


def folders(*paths):
    """A tree of folders, each with the submission of the token that its path ends with: "ann/ps1=a"."""
    return {f"{path.split('=')[0]}/{FILE}": path.split("=")[1] for path in paths}


# Five students, nobody copied. Each tree as a platform, a hub or a lecturer makes it.
HONEST = {
    "nbgrader, one assignment": folders("ann/ps1=a", "ben/ps1=b", "cem/ps1=c", "dora/ps1=d", "emil/ps1=e"),
    "nbgrader, two assignments": folders(
        *(f"{who}/ps{n}={who[0]}" for who in ("ann", "ben", "cem", "dora", "emil") for n in (1, 2))
    ),
    "homes of a hub": folders(
        *(f"home/{who}/work/boundaries/course={who[0]}" for who in ("ann", "ben", "cem", "dora", "emil"))
    ),
    "homes, each with folders of its own": folders(
        "ann/course=a", "ben/Desktop/x/course=b", "cem/course=c", "dora/a/b=d", "emil/course=e", "emil/old=e"
    ),
    "Teams": folders(
        *(
            f"Submitted files/{who}/Homework 1/Version {n}={who[0]}"
            for who in ("Ann Berg", "Ben Ito", "Cem Kaya", "Dora Lind", "Emil Roy")
            for n in (1, 2)
        )
    ),
    "Sakai": folders(
        *(
            f"Homework 1/{who}/Submission attachment(s)={who.split(', ')[1][0]}"
            for who in ("Berg, Ann(ann1)", "Ito, Ben(ben2)", "Kaya, Cem(cem3)", "Lind, Dora(d4)", "Roy, Emil(e5)")
        )
    ),
    "ILIAS": folders(
        *(
            f"Uebung 1/Abgaben/{who}={who.split('_')[1][0]}"
            for who in ("Berg_Ann_ab_101", "Ito_Ben_bi_102", "Kaya_Cem_ck_103", "Lind_Dora_dl_104", "Roy_Emil_er_105")
        )
    ),
    "Gradescope, two assignments": folders(
        *(f"assignment_{n}_export/submission_{n}{k}={'abcde'[k]}" for n in (1, 2) for k in range(5))
    ),
    "a lecturer's weeks": folders(
        *(f"gifts {n}/{who}={who[0]}" for n in (1, 2) for who in ("ann", "ben", "cem", "dora", "emil"))
    ),
    "students, then weeks": folders(
        *(f"{who}/week{n}={who[0]}" for n in (1, 2) for who in ("ann", "ben", "cem", "dora", "emil"))
    ),
    "sections": folders("A/ann=a", "A/ben=b", "A/cem=c", "B/dora=d", "B/emil=e"),
    "nbgrader's exchange": folders(
        *(
            f"{who}+ps{n}+2026-10-0{n} 09:15:22.123456 UTC={who[0]}"
            for who in ("ann", "ben", "cem", "dora", "emil")
            for n in (1, 2)
        )
    ),
    "a quiz in Canvas": {
        f"x_{who}10{n}_question_55_900{n}_{FILE}": who[0] for n, who in enumerate(("ann", "ben", "cem", "dora", "emil"))
    },
    "files with a date": {
        f"{who}/boundaries-submission_2026_11_2{n}.json": who[0]
        for n, who in enumerate(("ann", "ben", "cem", "dora", "emil"))
    },
    "files named as in Google": {
        f"{who}/Ethics 1 - boundaries-submission.json": who[0] for who in ("ann", "ben", "cem", "dora", "emil")
    },
    "Google Forms": {f"boundaries-submission - {who} X.json": who[0] for who in ("Ann", "Ben", "Cem", "Dora", "Emil")},
}  # fmt: skip


@pytest.mark.parametrize("tree", HONEST.values(), ids=HONEST)
def test_nobody_is_taken_for_a_copy_of_themselves(fresh_store, tmp_path, tree):
    found = collected(
        fresh_store, tmp_path / "in", {path: token.lower() for path, token in tree.items()}
    )
    assert (found.students, found.set_aside, found.rejected) == (5, (), ())
    assert not any("no student's name" in note for note in found.notes)


@pytest.mark.parametrize("tree", HONEST.values(), ids=HONEST)
def test_a_copy_between_two_students_is_seen_in_any_tree(fresh_store, tmp_path, tree):
    """Ben hands in what Ann did."""
    tree = {path: "a" if token.lower() == "b" else token.lower() for path, token in tree.items()}
    found = collected(fresh_store, tmp_path / "in", tree)
    assert found.students == 3
    assert ["handed in by more than one student" in t.sentence for t in found.set_aside] == [True]


@pytest.mark.parametrize("tree", HONEST.values(), ids=HONEST)
def test_a_student_who_began_anew_counts_once_in_any_tree(fresh_store, tmp_path, tree):
    """Two of Ann's files under two tokens, wherever she has two; else a second file beside the first."""
    own = [path for path, token in tree.items() if token.lower() == "a"]
    tokens = {path: token.lower() for path, token in tree.items()}
    if len(own) > 1:
        tokens[own[1]] = "another"
    else:
        tokens[own[0].replace("boundaries-submission", "boundaries-submission (1)")] = "another"
    found = collected(fresh_store, tmp_path / "in", tokens)
    if any("export" in path for path in tree):
        return  # Gradescope gives another number in each assignment: nobody can know
    assert (found.students, len(found.set_aside)) == (5, 1)
    assert "One student counts once" in found.set_aside[0].sentence


def test_a_class_whose_folders_have_another_name_in_each_week_is_not_taken_for_copies(
    fresh_store, tmp_path
):
    tree = folders(*(f"hw{n}-{who}={who[0]}" for n in (1, 2) for who in ("ann", "ben", "cem")))
    found = collected(fresh_store, tmp_path / "in", tree)
    assert (found.students, found.set_aside) == (3, ())
    assert "no student's name on: 6 files" in str(found)


@pytest.mark.parametrize(
    "copy", ["- 副本", "- kopi", "(1)", "2", "-DESKTOP-AB12", "(Ann's conflicted copy)"]
)
def test_a_copy_that_a_computer_made_is_the_same_students(fresh_store, tmp_path, copy):
    tree = folders("ann=a", "ben=b", "cem=c") | {f"ann/boundaries-submission {copy}.json": "a"}
    found = collected(fresh_store, tmp_path / "in", tree)
    assert (found.students, found.set_aside) == (3, ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sean O'Brien_1_assignsubmission_file/x.json", "Sean O’Brien_2_assignsubmission_file/x.json"),
        ("Zoë  Berg_1_assignsubmission_file/x.json", "Zoe\u0308 Berg_2_assignsubmission_file/x.json"),
        ("HW_ann_attempt_2026-10-01-09-00-00_x.json", "HW_Ann_attempt_2026-10-01-09-00-00_x.json"),
        ("HW1_ann_b_attempt_2026-10-01-09-00-00_x.json", "HW2_ann_b_attempt_2026-10-01-09-00-00_x.json"),
    ],
)  # fmt: skip
def test_a_student_whom_two_exports_spell_in_two_ways_is_one(fresh_store, tmp_path, one, other):
    beside = (
        one.replace("ann_b", "ben_i")
        .replace("_ann_", "_ben_")
        .replace("Sean", "Ben")
        .replace("Zoë", "Bo")
    )
    files = {f"w1/{one}": student("a"), f"w1/{beside}": student("b"), f"w2/{other}": student("a")}
    found = collect([lay(tmp_path / "in", files)], fresh_store, SMALL)
    assert (found.students, found.set_aside) == (2, ())


ROSTER = "Username,Last Name,First Name\nann1,Berg,Ann\nben2,Ito,Ben\ncem3,Kaya,Cem\nd4,Lind,Dora\n"


@pytest.mark.parametrize(
    "tree",
    [
        folders("submitted/ann1/ps1=a", "submitted/ben2/ps1=b", "submitted/cem3/ps1=c"),
        folders("Ann Berg/Version 1=a", "Ann Berg/Version 2=a", "Ben Ito/Version 1=b", "Cem Kaya/Version 1=c"),
        folders("H/Berg, Ann(ann1)/S=a", "H/Ito, Ben(ben2)/S=b", "H/Kaya, Cem(cem3)/S=c"),
        folders("H/Berg_Ann_ann1_101=a", "H/Ito_Ben_ben2_102=b", "H/Kaya_Cem_cem3_103=c"),
        folders("jupyter-ann1/x=a", "jupyter-ben2/x=b", "jupyter-cem3/x=c"),
        {"Ann Berg.json": "a", "Ito, Ben.json": "b", "cem3.json": "c"},
        {"boundaries-submission - Ann Berg.json": "a", "Ben Ito - x.json": "b", "Cem Kaya/x.json": "c"},
    ],
    ids=["nbgrader", "Teams", "Sakai", "ILIAS", "hub", "file names", "Google"],
)  # fmt: skip
def test_a_roster_finds_the_students_of_any_tree(fresh_store, tmp_path, tree):
    (tmp_path / "r.csv").write_text(ROSTER, encoding="utf-8")
    found = collected(fresh_store, tmp_path / "in", tree, roster=tmp_path / "r.csv")
    assert [row[1] for row in gradebook(found.gradebook)[1:]] == ["yes", "yes", "yes", "no"]
    assert found.whole


def test_one_student_alone_is_found_by_the_roster_wherever_the_folder_is(fresh_store, tmp_path):
    (tmp_path / "r.csv").write_text(ROSTER, encoding="utf-8")
    tree = folders("hw/ann1/first=a", "hw/ann1/second=a")
    found = collected(fresh_store, tmp_path / "in", tree, roster=tmp_path / "r.csv")
    assert (found.students, found.set_aside) == (1, ())
    assert [row[1] for row in gradebook(found.gradebook)[1:]] == ["yes", "no", "no", "no"]


def test_the_level_that_was_taken_is_said(fresh_store, tmp_path):
    found = collected(fresh_store, tmp_path / "in", HONEST["nbgrader, two assignments"])
    assert found.notes == ("students told apart by the names of folders: ann, ben, cem, …",)


def test_paths_that_a_shell_listed_are_one_tree(fresh_store, tmp_path):
    """`collect submitted/*/ps1` and `collect submitted/*` see what `collect submitted` sees."""
    lay(
        tmp_path,
        {
            f"submitted/{who}/ps1/{FILE}": student("abb"[n])
            for n, who in enumerate(("ann", "ben", "cem"))
        },
    )
    for pattern in ("submitted", "submitted/*", "submitted/*/ps1", f"submitted/*/ps1/{FILE}"):
        found = collect(sorted(tmp_path.glob(pattern)), fresh_store, SMALL)
        assert (found.students, len(found.set_aside)) == (1, 1), pattern


# -- one person, several participants ------------------------------------------------------------------------------


ATTEMPTS = {
    "blackboard": "HW1_ann_attempt_2026-10-01-1{n}-00-00_x.json",
    "blackboard, two weeks": "week{n}/HW{n}_ann_attempt_2026-10-01-12-00-00_x.json",
    "canvas": "bergann_101_900{n}_x-{n}.json",
    "canvas, late": "bergann_LATE_101_900{n}_x.json",
    "canvas, anonymous": "anon_aB3dE_900{n}_x.json",
    "moodle": "Ann Berg_4001_assignsubmission_file/x{n}.json",
    "moodle, without names": "Participant_4001_assignsubmission_file/x{n}.json",
    "moodle, two weeks": "week{n}/Ann Berg_400{n}_assignsubmission_file/x.json",
    "brightspace": "5001-81 - Ann Berg - Oct {n}, 2026 900 AM/x.json",
    "google": "Ann Berg - x ({n}).json",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_whom_the_platform_names_is_one_student_however_often_they_began_anew(
    fresh_store, tmp_path, attempt
):
    files = {attempt.format(n=n): student(f"t{n}", 1) for n in range(1, 6)}
    files[attempt.format(n=3)] = student("t3", 1, informed=1)
    found = collect([lay(tmp_path / "in", files)], fresh_store, SMALL)
    assert (found.files, found.students, len(found.set_aside)) == (5, 1, 4)
    assert fresh_store.people("test") == 1
    kept = attempt.format(n=3)
    assert all(
        f"{kept} was kept, because of those" in trouble.sentence for trouble in found.set_aside
    )
    assert {trouble.place for trouble in found.set_aside} == {
        f"{tmp_path}/in/{attempt.format(n=n)}" for n in (1, 2, 4, 5)
    }


def test_the_one_that_the_store_has_already_stays(fresh_store, tmp_path):
    folder = lay(tmp_path / "in", {ATTEMPTS["canvas"].format(n=1): student("t1", items=("tiles",))})
    collect([folder], fresh_store, SMALL)
    lay(folder, {ATTEMPTS["canvas"].format(n=2): student("t2")})
    for _ in range(2):
        found = collect([folder], fresh_store, SMALL)
        assert (found.students, found.new) == (1, 0)
        assert "because the store has it already; this was left out" in found.set_aside[0].sentence
    assert fresh_store.people("test") == 1


def test_one_that_came_in_by_itself_before_is_named_with_the_way_to_remove_it(
    fresh_store, tmp_path
):
    files = {ATTEMPTS["canvas"].format(n=n): student(f"t{n}") for n in (1, 2)}
    folder = lay(tmp_path / "in", files)
    for name in files:
        collect([folder / name], fresh_store, SMALL)
    found = collect([folder], fresh_store, SMALL)
    gone = {student("t1").participant, student("t2").participant}
    (trouble,) = found.set_aside
    assert any(
        trouble.sentence.endswith(f"remove it with `forget --participant {key}`.") for key in gone
    )
