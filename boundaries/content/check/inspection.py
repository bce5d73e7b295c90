"""One look at a content folder: its raw tables, and every fault that is found in them."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from boundaries.content.check import course_rules, raw, vignette_rules, wordings
from boundaries.content.check.raw import Allowed, Fault, fault_text
from boundaries.content.check.schema import differences
from boundaries.content.check.syntax import fault_of
from boundaries.content.check.wordings import LOCK, AskedWording
from boundaries.content.loading import default_folder
from boundaries.content.normsets import NORMS_FOLDER
from boundaries.content.parsing import SURVEY_COLUMNS, Table

# Files of which one may be missing, and of which only the shape is checked here: tests look at what they name.
_SHAPES_ONLY = ("topics", "editions", "beside")


class Finding(NamedTuple):
    """A fault and where it stands; `field` is empty where the whole file is meant."""

    file: str
    field: str
    sentence: str

    def __str__(self) -> str:
        """The finding as it is printed, with nothing in it that a terminal would obey."""
        place = f"{self.file}, {self.field}" if self.field else self.file
        pointer = " See" if self.sentence.endswith("?") else "; see"
        text = f"{place}: {self.sentence}{pointer} data/README.md."
        letters = []
        for letter in text:
            letters.append(letter if letter.isprintable() else ascii(letter)[1:-1])
        return "".join(letters)


class File(NamedTuple):
    """A vignette's file: where it lies, how sentences name it, and its raw table (empty: unreadable)."""

    path: Path
    name: str
    table: Table


class Inspection:
    """Reads a folder (default: the course's own). `findings()` then looks at everything in it."""

    def __init__(self, folder: Path | str | None) -> None:
        self.folder = Path(folder or default_folder()).resolve()
        self.unlocked: set[str] = set()  # the sentences that `check --lock` would cure
        self.unread: list[str] = []  # files that stand beside cases or codes and are neither
        self.tables_read: set[str] = set()
        self._found: list[Finding] = []
        self.course = self._table("course")
        self.types = self._table("types")
        self.scale = self._table("scale")
        self.countries = self._table("countries", needed=False)
        self.claims_file = self._table("claims", needed=False)
        self.models = self._table("models", needed=False)
        self.lessons = self._table("lessons", needed=False)
        self.situations = self._table("situations", needed=False)
        for kind in _SHAPES_ONLY:
            self._table(kind, needed=False)
        self.claims = raw.tables(self.claims_file, "claims")
        self.codes: dict[str, Table] = {}
        for path in sorted((self.folder / "codes").glob("*.toml")):
            self.codes[path.stem] = self._read(path, "code", self.name(path))
        self.norms: dict[str, Table] = {}  # by the name of the file
        for path in sorted((self.folder / NORMS_FOLDER).glob("*.toml")):
            self.norms[path.stem] = self._read(path, "norms", self.name(path))
        self.own_folders = self._own_folders()
        self.files: list[File] = []  # of every vignette, also where two have one id
        self.vignettes: dict[str, File] = {}
        self._read_vignettes()
        self.asked = self._asked()

    def name(self, path: Path) -> str:
        """A file as sentences name it: from the content folder on, with forward slashes."""
        return path.relative_to(self.folder.parent).as_posix()

    def own_vignettes(self) -> int:
        """How many vignettes lie in a teacher's own folders."""
        parents = {folder for folder, _ in self.own_folders}
        return sum(file.path.parent in parents for file in self.vignettes.values())

    def findings(self) -> list[Finding]:
        """Every fault, sorted by file."""
        known = self._known()
        for path, name, table in self.files:
            self._add(name, vignette_rules.of_name(path.stem))
            if table:
                self._add(name, vignette_rules.of_vignette(path.stem, table, known))
        for id, table in self.codes.items():
            name = self.name(self.folder / "codes" / f"{id}.toml")
            self._add(name, vignette_rules.of_name(id))
            self._add(name, course_rules.of_code(id, table, self.codes, known.countries))
        self._check_norms(known)
        self._add_to("claims.toml", self._claim_faults(known))
        self._add_to("types.toml", raw.repeated(self.types, "types"))
        self._add_to("models.toml", course_rules.of_models(self.models))
        dials = {id: "dial" in file.table for id, file in self.vignettes.items()}
        self._add_to("lessons.toml", course_rules.of_lessons(self.lessons, dials, known))
        self._add_to("scale.toml", course_rules.of_scale(self.scale))
        self._add_to("countries.toml", course_rules.of_countries(self.countries, self.codes))
        self._add_to(
            "course.toml",
            course_rules.of_course(self.course, self.codes, known.types, self.countries),
        )
        self._add_to("surveys.csv", self._survey_faults())
        for parent, items in self.asked.items():
            self._found += self._lock_faults(parent, items)
        self._found += self.uncovered()
        return sorted(self._found, key=lambda finding: finding.file)

    def uncovered(self) -> list[Finding]:
        """Lines of situations.toml from which no vignette has grown."""
        grown = set()
        for file in self.vignettes.values():
            grown |= set(raw.strings(file.table, "grew_from"))
        name = self.name(self.folder / "situations.toml")
        findings = []
        for line in raw.ids(self.situations, "lines"):
            if line and line not in grown:
                findings.append(Finding(name, line, fault_text("situation.uncovered", line=line)))
        return findings

    # -- reading ----------------------------------------------------------------------------------

    def _add(self, name: str, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self._found.append(Finding(name, *fault))

    def _add_to(self, name: str, faults: Iterable[Fault]) -> None:
        self._add(self.name(self.folder / name), faults)

    def _table(self, kind: str, needed: bool = True) -> Table:
        self.tables_read.add(kind)
        path = self.folder / f"{kind}.toml"
        if not needed and not path.exists():
            return {}
        return self._read(path, kind, self.name(path))

    def _read(self, path: Path, kind: str, name: str) -> Table:
        """A file's table, with its schema's faults noted; empty if it cannot be read."""
        data = b""
        try:
            data = path.read_bytes()
            table = tomllib.loads(data.decode("utf-8-sig"))
        except FileNotFoundError:
            self._add(name, [("", fault_text("file.missing"))])
            return {}
        except RecursionError:  # brackets in brackets, a thousand deep
            self._add(name, [("", fault_text("file.deep"))])
            return {}
        except (OSError, ValueError) as error:
            self._add(name, [fault_of(data, error)])
            return {}
        if data.startswith(b"\xef\xbb\xbf"):
            self._add(name, [("", fault_text("file.mark"))])
        faults = list(differences(table, kind))
        if faults and not table:
            faults = [("", fault_text("file.nothing"))]
        self._add(name, faults)
        return table

    def _own_folders(self) -> list[tuple[Path, str]]:
        """The folders of own cases that there are, each with its name as the teacher wrote it."""
        folders = []
        for number, written in enumerate(
            raw.strings(raw.of(self.course, "cases", dict), "folders"), 1
        ):
            if not written.strip():
                continue  # the schema says that it is empty
            path = (self.folder / written).resolve()
            if path.is_dir():
                folders.append((path, written.rstrip("/")))
            else:
                fault = f"cases.folders[{number}]", fault_text("course.folder", folder=written)
                self._add_to("course.toml", [fault])
        return folders

    def _read_vignettes(self) -> None:
        ours = self.folder / "vignettes"
        # Every id, and the file that had it first.
        claims_name = self.name(self.folder / "claims.toml")
        names = dict.fromkeys(raw.ids(self.claims_file, "claims"), claims_name)
        for parent, shown in [(ours, self.name(ours)), *self.own_folders]:
            for path in sorted(parent.glob("*.toml")):
                name = f"{shown}/{path.name}"
                file = File(path, name, self._read(path, "vignette", name))
                self.files.append(file)
                other = names.setdefault(path.stem, name)
                if other == name:
                    self.vignettes[path.stem] = file
                else:
                    self._add(name, [("", fault_text("file.clash", other=other))])
            self._note_unread(parent, shown)
        for beside in (self.folder / "codes", self.folder / NORMS_FOLDER):
            self._note_unread(beside, self.name(beside))
        for path in sorted(self.folder.glob("*.toml")):
            if path.stem not in self.tables_read:
                self.unread.append(self.name(path))

    def _note_unread(self, parent: Path, shown: str) -> None:
        """Files beside cases or codes that are passed over for their names."""
        for path in sorted(parent.iterdir()) if parent.is_dir() else []:
            passed = path.name.startswith((".", "~")) or path.name in (LOCK, "README.md")
            if passed or path.suffix == ".toml":
                continue
            if ".toml" in path.name.lower():
                # Windows hides the endings it knows, so a teacher sees the name that was meant.
                stem = path.name[: path.name.lower().index(".toml")]
                self._add(f"{shown}/{path.name}", [("", fault_text("file.ending", stem=stem))])
            else:
                self.unread.append(f"{shown}/{path.name}")

    # -- what files may refer to ------------------------------------------------------------------

    def _known(self) -> Allowed:
        provisions: dict[str, list[str] | None] = {}
        regions: dict[str, tuple[str, list[str]]] = {}
        for id, table in self.codes.items():
            provisions[id] = raw.ids(table, "provisions") if table else None
            region = raw.of(table, "region", str)
            if region:
                regions[id] = (region, raw.strings(table, "countries"))
        bands: dict[str, list[int] | None] = {}
        for stance in raw.tables(self.scale, "stances"):
            bands[raw.of(stance, "id", str)] = raw.of(stance, "band", list) or None
        types, replaced = {}, {}
        for id, file in self.vignettes.items():
            types[id] = raw.of(file.table, "type", str)
            replaced[id] = raw.of(file.table, "replaces", str)
        shown = raw.strings(raw.of(self.course, "show", dict), "codes")
        return Allowed(
            types=raw.ids(self.types, "types"),
            codes=provisions,
            stances=bands,
            shown=[code for code in shown if code in self.codes],
            lines=raw.ids(self.situations, "lines"),
            verdicts=[
                raw.of(point, "value", int) for point in raw.tables(self.scale, "claim_ratings")
            ],
            countries=raw.ids(self.countries, "countries"),
            vignettes=types,
            replaced=replaced,
            regions=regions,
        )

    def _claim_faults(self, known: Allowed) -> Iterator[Fault]:
        yield from raw.repeated(self.claims_file, "claims")
        for number, claim in enumerate(self.claims, 1):
            yield from vignette_rules.of_claim(f"claims[{number}]", claim, known)

    def _check_norms(self, known: Allowed) -> None:
        held, _ = wordings.read_lock(self.folder / LOCK)
        files = {file.path.stem for file in self.files}
        for claim in raw.ids(self.claims_file, "claims"):
            if claim not in files:
                held.pop(claim, None)
        whole = {}  # the cases that still ask what the lock says
        for id, file in self.vignettes.items():
            wording = wordings.vignette_wording(file.table, self.scale)
            if wording and wording == held.setdefault(id, wording):
                whole[id] = file.table
        for id, table in self.norms.items():
            name = self.name(self.folder / NORMS_FOLDER / f"{id}.toml")
            self._add(name, vignette_rules.of_name(id))
            self._add(name, course_rules.of_norms(table, whole, held, known))

    def _survey_faults(self) -> Iterator[Fault]:
        path = self.folder / "surveys.csv"
        if not path.exists():
            return
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            header = next(csv.reader(lines), [])
        for column in SURVEY_COLUMNS:
            if column not in header:
                yield "", fault_text("file.column", column=column)

    # -- wordings ---------------------------------------------------------------------------------

    def _asked(self) -> dict[Path, dict[str, AskedWording]]:
        """For each folder with a lock, what its items ask, as far as it can be reckoned."""
        asked: dict[Path, dict[str, AskedWording]] = {self.folder: {}}
        for parent, _ in self.own_folders:
            if (parent / LOCK).exists():
                asked[parent] = {}
        for id, file in self.vignettes.items():
            place = file.path.parent
            if place == self.folder / "vignettes":
                place = self.folder
            wording = wordings.vignette_wording(file.table, self.scale)
            if place in asked and wording:
                asked[place][id] = AskedWording(file.name, "", wording)
        claims_name = self.name(self.folder / "claims.toml")
        for number, claim in enumerate(self.claims, 1):
            id, wording = raw.of(claim, "id", str), wordings.claim_wording(claim, self.scale)
            if id and wording:
                asked[self.folder][id] = AskedWording(claims_name, f"claims[{number}]", wording)
        return asked

    def _lock_faults(self, parent: Path, items: dict[str, AskedWording]) -> Iterator[Finding]:
        path = parent / LOCK
        ours = parent == self.folder
        name = self.name(path) if ours else f"{dict(self.own_folders)[parent]}/{LOCK}"
        there = {*self.vignettes, *raw.ids(self.claims_file, "claims")}
        held, misread = wordings.read_lock(path)
        for field, told in misread:
            yield Finding(name, field, told)
        for id in sorted(held.keys() - there):
            yield Finding(name, id, fault_text("lock.gone"))
        for id, item in items.items():
            if held.get(id, item.wording) != item.wording:
                yield Finding(item.file, item.field, fault_text("lock.changed", lock=name, id=id))
        if not path.exists():
            yield self._to_be_locked(name, "", fault_text("lock.missing"))
            return
        for id, item in items.items():
            if id in held:
                continue
            cure = "Run `python -m boundaries check --lock`"
            if not ours:  # a teacher's folder is never written to
                cure = f"Add the line '{id} {item.wording}'"
            new = fault_text("lock.new", lock=name, cure=cure)
            yield self._to_be_locked(item.file, item.field, new)

    def _to_be_locked(self, file: str, field: str, told: str) -> Finding:
        self.unlocked.add(told)
        return Finding(file, field, told)
