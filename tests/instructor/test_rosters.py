"""Class lists as platforms, registrars and spreadsheets write them, and what a gradebook may say from them."""

import csv
import zipfile

import pytest
from small_content import content as content_of
from small_content import vignette
from test_collect import gradebook, lay, student

from boundaries import cli
from boundaries.answers import submissions
from boundaries.errors import RosterError
from boundaries.instructor import texts
from boundaries.instructor.collect import collect
from boundaries.instructor.layouts import moment
from boundaries.instructor.rosters import read_roster

SMALL = content_of(vignette("tiles"), vignette("car", levels=("low", "high")))
MOODLE = "{name}_{n}_assignsubmission_file/x.json"
CLASS = (("Ann", "Berg"), ("Ben", "Ito"), ("Cem", "Kaya"), ("Dora", "Lind"))


def moodle(*names, first=4001):
    return {
        MOODLE.format(name=name, n=n): student(f"{name}{n}") for n, name in enumerate(names, first)
    }


def handed_in(store, folder, roster, files, encoding="utf-8"):
    """The gradebook's first two columns, for a roster as text."""
    data = roster if isinstance(roster, bytes) else roster.encode(encoding)
    folder.mkdir(exist_ok=True)
    (folder / "r.csv").write_bytes(data)
    found = collect([lay(folder / "in", files)], store, SMALL, roster=folder / "r.csv")
    return [row[1] for row in gradebook(found.gradebook)[1:]], found


# -- headings, delimiters, encodings -------------------------------------------------------------------------------

HEADINGS = {
    "de": ("ID", "Teilnehmer/in ", "Vollständiger Name", "E-Mail-Adresse"),
    "es": ("Identificador", "Participante ", "Nombre completo", "Dirección de correo"),
    "fr": ("Identifiant", "Participant ", "Nom complet", "Adresse de courriel"),
    "it": ("Identificativo", "Partecipante ", "Nome completo", "Indirizzo email"),
    "pt": ("Identificador", "Participante ", "Nome completo", "Endereço de e-mail"),
    "nl": ("Identificatie", "Deelnemer ", "Volledige naam", "E-mailadres"),
    "pl": ("Identyfikator", "Uczestnik ", "Imię i nazwisko", "Adres e-mail"),
    "en, joined": ("Identifier", "Participant", "Full name", "Email address"),
}


@pytest.mark.parametrize("language", HEADINGS)
@pytest.mark.parametrize("named", [True, False], ids=["named", "without names"])
def test_a_moodle_worksheet_is_read_in_any_language(fresh_store, tmp_path, language, named):
    identifier, participant, name, mail = HEADINGS[language]
    lines = [f'{identifier},"{name}",{mail}']
    lines += [f'"{participant}{4001 + n}",{a} {b},{a}@x.invalid' for n, (a, b) in enumerate(CLASS)]
    names = ["Ann Berg", "Ben Ito", "Cem Kaya"] if named else ["Participant"] * 3
    said, found = handed_in(fresh_store, tmp_path, "\n".join(lines), moodle(*names))
    assert said == ["yes", "yes", "yes", "no"]
    assert found.whole


@pytest.mark.parametrize(
    ("headings", "line"),
    [
        ("Vorname;Nachname;Matrikelnummer", "Ann;Berg;1"),
        ("Name;Vorname;Anmeldename", "Berg;Ann;1"),
        ("Nombre;Apellido(s);Número de ID", "Ann;Berg;1"),
        ("Nom;Prénom;Numéro étudiant", "Berg;Ann;1"),
        ("Cognome;Nome;Matricola", "Berg;Ann;1"),
        ("Nome;Sobrenome;Matrícula", "Ann;Berg;1"),
        ("Voornaam;Achternaam;Studentnummer", "Ann;Berg;1"),
        ("Nazwisko;Imię;Numer albumu", "Berg;Ann;1"),
        ("student_id;first name;last name", "1;Ann;Berg"),
        ("Nazwisko i imię;Login", "Berg Ann;1"),
        ("STUDENT;SIS Login ID", '"Berg, Ann";1'),
        ("Display Name;E-mail", "Ann Berg;1"),
    ],
)
def test_names_are_found_under_any_headings(fresh_store, tmp_path, headings, line):
    said, _ = handed_in(fresh_store, tmp_path, f"{headings}\n{line}\n", moodle("Ann Berg"))
    assert said == ["yes"]


PLAIN = "Identifier,Full name,Notes\nParticipant 4001,Ann Berg,\nParticipant 4002,Zoë Ito,\n"
DIALECTS = {
    "commas in a quoted heading": PLAIN.replace(",", ";").replace("Notes", '"Read 1, 2, 3, 4 and, 5"'),
    "sep=;": "sep=;\r\n" + PLAIN.replace(",", ";"),
    "quoted sep": '"sep=|"\n' + PLAIN.replace(",", "|"),
    "bars": PLAIN.replace(",", "|"),
    "tabs": PLAIN.replace(",", "\t"),
    "a title and an empty line": "Class list of Ethics, autumn 2026\n\n" + PLAIN,
    "titles with more semicolons": "a;b;c;d;e;f\nName;Course\n" + PLAIN,
    "two marks": "\ufeff\ufeff" + PLAIN,
    "a mark inside the quotes": '\ufeff"\ufeffIdentifier"' + PLAIN.removeprefix("Identifier"),
    "old line ends": PLAIN.replace("\n", "\r"),
    "semicolons in the cells": PLAIN.replace("Berg,", "Berg,a;b;c;d;e"),
}  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850")


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_class_list_is_read_in_any_dialect(tmp_path, text, encoding):
    (tmp_path / "r.csv").write_bytes(text.encode(encoding, "ignore"))
    roster = read_roster(tmp_path / "r.csv")
    assert (roster.heading, [row["Identifier"] for row in roster.rows]) == (
        "Identifier", ["Participant 4001", "Participant 4002"],
    )  # fmt: skip
    assert [row["Full name"] for row in roster.rows] == ["Ann Berg", "Zoë Ito"]


def test_a_list_that_is_no_class_list_is_refused_with_what_is_allowed(tmp_path):
    (tmp_path / "r.csv").write_text("Sektion;Note\nA;1\n", encoding="utf-8")
    with pytest.raises(
        RosterError, match=r"^.*r\.csv: no column identifies a student\. Allowed: Identifier, ID"
    ):
        read_roster(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [(page, name) for page in ("cp850", "cp437", "cp1252") for name in ("Zoë Ångström", "François Lefèvre", "Ana Muñoz")]
    + [("cp850", "Jürgen Sørby"), ("cp1252", "Jürgen Sørby"), ("cp1250", "Łukasz Wiśniewski")]
    + [("gbk", "王伟"), ("gbk", "李娜"), ("cp932", "田中太郎"), ("cp932", "鈴木さくら"), ("cp866", "Иван Петров")]
    + [("cp1255", "משה כהן"), ("cp1256", "محمد علي"), ("cp874", "สมชาย ใจดี")],
)  # fmt: skip
@pytest.mark.parametrize("listed", [True, False])
def test_names_in_a_zip_of_an_older_code_page(fresh_store, tmp_path, encoding, name, listed):
    """Recovered, so that the roster finds them; where it has them in no spelling, nobody's row says "no"."""
    raw = MOODLE.format(name=name, n=4002).encode(encoding)
    assert texts.decoded(raw).startswith(name)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x" * len(raw), submissions.write(student()))
    data = (tmp_path / "a.zip").read_bytes().replace(b"x" * len(raw), raw)
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "r.csv").write_text(
        f"Full name,Email\nAnn Berg,a@x\n{name if listed else 'Ben Ito'},b@x\n", encoding="utf-8"
    )
    found = collect([tmp_path / "a.zip"], fresh_store, SMALL, roster=tmp_path / "r.csv")
    said = [row[1] for row in gradebook(found.gradebook)[1:]]
    assert said == (["no", "yes"] if listed else ["unknown", "unknown"])


def test_a_code_page_that_was_guessed_wrongly_is_found_by_the_roster(tmp_path):
    raw = "김민수".encode("cp949")  # reads as Chinese, too
    assert texts.decoded(raw) != "김민수"
    assert "김민수" in texts.spellings(raw)


# -- yes, no, unknown ----------------------------------------------------------------------------------------------


def test_whom_the_list_has_twice_is_one_person(fresh_store, tmp_path):
    roster = "Identifier,Full name,Group\nParticipant 4001,Ann B,1\nParticipant 4001,Ann B,2\nParticipant 4002,Ben I,1\n"
    assert handed_in(fresh_store, tmp_path / "a", roster, moodle("Ann B"))[0] == [
        "yes",
        "yes",
        "no",
    ]
    roster = "Email,Full name,Group\na@x,Ann B,1\nA@X,Ann B,2\nb@x,Ben I,1\n"
    assert handed_in(fresh_store, tmp_path / "b", roster, moodle("Ann B"))[0] == [
        "yes",
        "yes",
        "no",
    ]


def test_two_of_one_name_are_told_apart_by_identifier_only(fresh_store, tmp_path):
    named = "Full name,Email\nAnn Berg,a@x\nAnn Berg,b@x\nBen Ito,c@x\nCem Kaya,d@x\n"
    files = moodle("Ben Ito", "Ann Berg")
    said, found = handed_in(fresh_store, tmp_path, named, files)
    assert said == ["unknown", "unknown", "yes", "no"]
    assert found.unmatched == ("Ann Berg",)
    numbered = "Identifier,Full name\nParticipant 4003,Ann Berg\nParticipant 4002,Ann Berg\n"
    assert handed_in(fresh_store, tmp_path, numbered, files)[0] == ["no", "yes"]


@pytest.mark.parametrize(
    "roster",
    [
        "Full name,Email\nLi Wei,a@x\nWei Li,b@x\nAnn Berg,c@x\n",
        "First name,Last name,Email\nLi,Wei,a@x\nWei,Li,b@x\nAnn,Berg,c@x\n",
        'Student,Email\n"Wei, Li",a@x\n"Li, Wei",b@x\n"Berg, Ann",c@x\n',
    ],
)
def test_li_wei_is_not_wei_li_where_the_list_has_both(fresh_store, tmp_path, roster):
    assert handed_in(fresh_store, tmp_path / "1", roster, moodle("Li Wei"))[0] == [
        "yes",
        "no",
        "no",
    ]
    assert handed_in(fresh_store, tmp_path / "2", roster, moodle("Wei Li"))[0] == [
        "no",
        "yes",
        "no",
    ]
    alone = (
        roster.replace("Li,Wei,a@x\n", "")
        .replace('"Wei, Li",a@x\n', "")
        .replace("Li Wei,a@x\n", "")
    )
    said, _ = handed_in(fresh_store, tmp_path / "3", alone, moodle("Li Wei", "Ann Berg"))
    assert said == ["yes", "yes"]
    # Both came, and the list has one: the other is not known.
    said, found = handed_in(fresh_store, tmp_path / "4", alone, moodle("Li Wei", "Wei Li"))
    assert (said, found.unmatched) == (["yes", "unknown"], ("Li Wei",))


def test_a_list_of_another_class_says_no_of_nobody_and_the_command_fails(capsys, tmp_path, course):
    content = {"session": course.course.session}
    from boundaries.instructor.rehearsal import class_of

    everybody = list(class_of(course, students=3, seed=1, **content))
    names = ("Ann Berg", "Ben Ito", "Cem Kaya")
    folder = lay(
        tmp_path / "in",
        {MOODLE.format(name=name, n=4001 + n): everybody[n] for n, name in enumerate(names)},
    )
    command = [
        "collect",
        str(folder),
        "--into",
        str(tmp_path / "s.sqlite"),
        "--roster",
        str(tmp_path / "r.csv"),
    ]
    for listed, said, code in [
        (("Xia Q", "Yan R", "Zac S"), "unknown unknown unknown", 1),
        (("Ann Berg", "Yan R", "Zac S"), "yes unknown unknown", 1),
        (("Ann Berg", "Ben Ito", "Zac S"), "yes yes unknown", 0),
        (("Ann Berg", "Ben Ito", "Cem Kaya", "Zac S"), "yes yes yes no", 0),
    ]:
        lines = ["Full name,Email", *(f"{name},{n}@x" for n, name in enumerate(listed))]
        (tmp_path / "r.csv").write_text("\n".join(lines), encoding="utf-8")
        assert cli.main(command) == code
        out = capsys.readouterr().out
        assert ("The roster has fewer than half of those who handed in" in out) == bool(code)
        assert [row[1] for row in gradebook(tmp_path / "r-handed-in.csv")[1:]] == said.split()


def test_what_was_not_read_is_never_a_no_and_the_command_fails(fresh_store, tmp_path):
    roster = "Student,ID\nA,101\nB,102\nC,103\nD,104\n"
    whole = student("a")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("x.json", submissions.write(student("b")))
    cut = (tmp_path / "b.zip").read_bytes()[:-30]
    files = {"a_101_901_x.json": whole, "b_102_902_x.zip": cut, "c_103_903_x.rar": b"Rar!"}
    said, found = handed_in(fresh_store, tmp_path, roster, files)
    assert said == ["yes", "unknown", "unknown", "no"]
    assert len(found.unread) == 2
    assert not found.whole
    lay(tmp_path / "in", {"whose.zip": cut})
    found = collect([tmp_path / "in"], fresh_store, SMALL, roster=tmp_path / "r.csv")
    assert [row[1] for row in gradebook(found.gradebook)[1:]] == [
        "yes",
        "unknown",
        "unknown",
        "unknown",
    ]


@pytest.mark.parametrize(("students", "whole"), [(1, True), (2, False), (3, False)])
def test_a_roster_is_judged_by_more_than_one_student(fresh_store, tmp_path, students, whole):
    files = {f"x{n}_9{n}_90{n}_x.json": student(f"x{n}") for n in range(students)}
    said, found = handed_in(fresh_store, tmp_path, "Student,ID\nA,101\n", files)
    assert said == ["unknown"]
    assert found.roster_fits is False
    assert found.whole is whole


def test_a_submission_without_judgments_is_rejected_and_no_yes(fresh_store, tmp_path):
    files = {"a_101_901_x.json": student("a"), "b_102_902_x.json": student("b", items=())}
    said, found = handed_in(fresh_store, tmp_path, "Student,ID\nA,101\nB,102\n", files)
    assert said == ["yes", "no"]
    assert found.rejected[0].sentence == (
        "it holds no judgments. Judge a case first. Save the submission again from the notebook, and hand in that file."
    )


def test_a_gradebook_that_cannot_be_written_is_noticed_before_anything_is_stored(
    fresh_store, tmp_path
):
    (tmp_path / "r.csv").write_text("ID\n1\n", encoding="utf-8")
    lay(tmp_path, {"a.json": student()})
    for place in (tmp_path / "no" / "g.csv", tmp_path):
        with pytest.raises(RosterError, match=r"the gradebook cannot be written"):
            collect(
                [tmp_path / "a.json"],
                fresh_store,
                SMALL,
                roster=tmp_path / "r.csv",
                gradebook=place,
            )
    assert fresh_store.sessions() == []


def test_where_nothing_was_a_submission_no_row_says_no(fresh_store, tmp_path):
    roster = "Student,ID\nA,101\nB,102\n"
    said, found = handed_in(fresh_store, tmp_path, roster, {"a_101_901_x.pdf": b"%PDF"})
    assert said == ["unknown", "unknown"]
    assert "Are these the right files, and is this the right session?" in found.notes[-1]
    said, _ = handed_in(fresh_store, tmp_path, roster, {"b_102_902_x.json": student("b")})
    assert said == ["no", "yes"]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"Dear all,\n", b"SQLite format 3\0"])
def test_a_gradebook_is_never_written_over_another_file(fresh_store, tmp_path, data):
    (tmp_path / "r.csv").write_text("ID\n1\n", encoding="utf-8")
    (tmp_path / "mine").write_bytes(data)
    lay(tmp_path, {"a.json": student()})
    with pytest.raises(RosterError, match="another file is there, which is no gradebook"):
        collect(
            [tmp_path / "a.json"],
            fresh_store,
            SMALL,
            roster=tmp_path / "r.csv",
            gradebook=tmp_path / "mine",
        )
    assert (tmp_path / "mine").read_bytes() == data


# -- times in names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Oct 2, 2026 915 AM", "October 2, 2026 915 AM", "2 oct. 2026 09 h 15", "Oct 2, 2026 0915", "2. Okt. 2026 9.15 Uhr",
        "2 października 2026 0915", "2026年10月2日 9 15", "2026-10-02-09-15-00", "2 de outubro de 2026 9h15",
        "2 ott 2026 0915", "2 okt. 2026 0915", "Fri 2 Oct 2026 9.15 a.m.", "2.10.2026 0915",
    ],
)  # fmt: skip
def test_a_time_is_read_as_any_language_writes_it(text):
    assert str(moment(text)) == "2026-10-02 09:15:00"


@pytest.mark.parametrize(
    "text",
    [
        "2/10/2026 915 AM",
        "Oct 2, 2026",
        "soon",
        "Oct 32, 2026 900 AM",
        "Oct 2, 2026 1300 AM",
        "",
        "2026年10月2日 下午 9 15",
        "2 Oct 2026 915 CH",
        "2569-10-02 09 15",
        "1405-07-10 09 15",
    ],
)
def test_a_time_that_may_mean_two_things_or_none_is_not_guessed(text):
    assert moment(text) is None


def test_late_is_not_zero_where_nothing_tells(fresh_store, tmp_path):
    folder = lay(tmp_path, moodle("Ann Berg", "Ben Ito"))
    assert "\nlate: not known\n" in str(collect([folder], fresh_store, SMALL))
    lay(folder, {"cem_LATE_101_901_x.json": student("c"), "dora_102_902_x.json": student("d")})
    assert "\nlate: 1 (not known of 2)\n" in str(collect([folder], fresh_store, SMALL))


def test_the_gradebook_is_a_table_that_a_spreadsheet_opens(fresh_store, tmp_path):
    _, found = handed_in(
        fresh_store, tmp_path, "Student;ID\n=A;101\n", {"a_101_901_x.json": student()}
    )
    with found.gradebook.open(encoding="utf-8-sig", newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["ID", "handed in", "late", "complete"],
            ["101", "yes", "no", "yes"],
        ]


# -- what spreadsheets make of a class list ------------------------------------------------------------------------


def test_numbers_that_a_spreadsheet_wrote_with_a_decimal_are_the_same_numbers(tmp_path):
    (tmp_path / "r.csv").write_text("Student,ID\nAnn,10001.0\nBen,10002.00\n", encoding="utf-8")
    roster = read_roster(tmp_path / "r.csv")
    assert roster.by_identifier(["10002"], ["ID"]).people == {1}
    assert [row["ID"] for row in roster.rows] == [
        "10001.0",
        "10002.00",
    ]  # written again as they are


# Ann Berg, Ben Ito and Cem Kaya handed in, Dora Lind did not.
LISTS = {
    "leading zeros lost": ("Student ID,Name\n123,x\n45.0,y\n", {"00123/x.json": "a", "045/x.json": "b"}, "yes yes"),
    "addresses only": ("Email,Name\nann@uni,x\nben@uni,y\n", {"ann/x.json": "a", "ben/x.json": "b"}, "yes yes"),
    "a number in a name": ("Student ID,Name\ns1234567,x\n", {"Ann_s1234567.json": "a"}, "yes"),
    "one number for all": ("Student ID,Name\n1.2E+11,Ann Berg\n1.2E+11,Ben Ito\n1.2E+11,Dora Lind\n", None, "yes yes no"),
    "many without a number": ("ID number,Name,Email\n,Ann Berg,a@x\n12,Ben Ito,b@x\n13,Dora Lind,d@x\n", None, "yes yes no"),
    "in Swedish": ("Identifierare;Namn\nDeltagare 4001;A\nDeltagare 4002;B\nDeltagare 4009;D\n", None, "yes yes no"),
    "in Chinese": ("全名,电子邮件地址\nAnn Berg,a@x\nBen Ito,b@x\nDora Lind,d@x\n", None, "yes yes no"),
    "a quotation mark alone": ('ID,Name\n1,"Ann Berg\n2,Ben Ito\n3,Dora Lind\n', None, "yes yes no"),
    "headings on each page": ("ID,Name\n1,Ann Berg\nID,Name\n2,Ben Ito\n3,Dora Lind\n", None, "yes yes no"),
    "blanks and case": ("Identifier,Name\nparticipant  4001,A\nParticipant\u00a04002 ,B\nPart 4009,D\n", None, "yes yes no"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "files", "cells"), LISTS.values(), ids=LISTS)
def test_a_class_list_is_read_as_offices_and_spreadsheets_leave_it(
    fresh_store, tmp_path, text, files, cells
):
    handed = moodle("Ann Berg", "Ben Ito")
    if files:
        handed = {path: student(token) for path, token in files.items()}
    said, _ = handed_in(fresh_store, tmp_path, text, handed)
    assert said == cells.split()


@pytest.mark.parametrize(
    ("handed", "listed"),
    [
        ("Jürgen Müller", "Juergen Mueller"), ("Søren Æbelø", "Soeren Aebeloe"), ("Oʼleh Ito", "O'leh Ito"),
        ("राम कुमार", "कुमार, राम"), ("สมชาย ใจดี", "ใจดี, สมชาย"), ("משה כהן", "כהן, משה"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(fresh_store, tmp_path, handed, listed):
    roster = f'Name,Email\n"{listed}",a@x\nरमा कुमारी,b@x\n'
    said, _ = handed_in(fresh_store, tmp_path, roster, moodle(handed))
    assert said == ["yes", "no"]


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16"])
def test_a_roster_of_wide_letters_keeps_its_headings(tmp_path, encoding):
    (tmp_path / "r.csv").write_bytes("Student,ID\nZoë,7\n".encode(encoding))
    roster = read_roster(tmp_path / "r.csv")
    assert (roster.heading, roster.rows[0]["ID"]) == ("ID", "7")


def test_a_workbook_is_no_csv_file_whatever_its_ending(tmp_path):
    path = tmp_path / "r.csv"
    with zipfile.ZipFile(path, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(RosterError) as caught:
        read_roster(path)
    assert str(caught.value) == (
        f"{path}: the roster is an Excel workbook. Save it as CSV there, and give that file."
    )
