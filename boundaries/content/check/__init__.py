"""Every fault of every content file, as sentences: which file and field, what was found, what is allowed, what to do.

Nothing here stops at the first fault, and nothing is loaded: the raw files are read, so that a folder which
`content.load` refuses can still be mended in one go. Shapes stand in `schema`, cross-references in `rules`.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

from boundaries.content import default_folder
from boundaries.content.check import wordings
from boundaries.content.check.rules import (
    Known,
    Table,
    ids,
    of,
    of_claim,
    of_name,
    of_vignette,
    repeated,
    strings,
    tables,
    unknown,
)
from boundaries.content.check.schema import SEE, Fault, differences, nearest
from boundaries.content.check.wordings import LOCK, Asked
from boundaries.content.words import class_server
from boundaries.errors import ContentError

_COLUMNS = """study_id citation year country respondent_group n item_id item_text_short scale category percent
confidence source_url"""


def faults(folder: Path | str | None = None) -> list[str]:
    """Every fault of every content file in a folder (default: the course's own), one sentence each, by file.

    >>> faults("nowhere")[0]
    'nowhere/course.toml: there is no such file. The course cannot do without it. Put it back; see data/README.md.'
    """
    return _Run(folder).sentences()


def uncovered(folder: Path | str | None = None) -> list[str]:
    """A sentence for each line of situations.toml from which no vignette has grown."""
    run = _Run(folder)
    return [f"{file}, {field}: {said}" for file, field, said in run.uncovered()]


def report(folder: Path | str | None = None) -> str:
    """All faults and how many there are, or how much was found to be in order."""
    run = _Run(folder)
    if found := run.sentences():
        count = f"{_count(len(found), 'fault')} in {_count(len({file for file, _, _ in run.found}), 'file')}."
        return "\n".join([*found, "", f"{count} Numbers in square brackets count from 1."])
    numbers = {"vignette": len(run.vignettes), "code": len(run.codes), "claim": len(run.claims)}
    counts = [
        _count(n, name) for name, n in (numbers | {"type": len(tables(run.types, "types"))}).items()
    ]
    return f"No faults: {', '.join(counts)}."


def lock(folder: Path | str | None = None) -> list[str]:
    """Adds the wordings that `wordings.lock` lacks and gives the new lines; an old line is never changed.

    Only the course's own folder is written to, and an item whose file has another fault waits until it is mended.
    Raises ContentError where the lock itself has a line that cannot be read.
    """
    run = _Run(folder)
    run.sentences()
    path = run.folder / LOCK
    for field, said in wordings.misread(path):
        raise ContentError(f"{run.shown(path)}, {field}: {said}")
    held = wordings.locked(path)
    faulty = {file for file, _, said in run.found if said not in run.unlocked}
    asked = {} if run.shown(run.folder / "scale.toml") in faulty else run.asked[run.folder]
    new = {
        id: item.wording for id, item in asked.items() if id not in held and item.file not in faulty
    }
    if new:
        wordings.write(path, held | new)
    return [f"{id} {wording}" for id, wording in sorted(new.items())]


def _count(n: int, name: str) -> str:
    return f"{n} {name}{'' if n == 1 else 's'}"


class _Run:
    """One look at a folder: its raw tables, and the faults found so far as (file, field, sentence)."""

    def __init__(self, folder: Path | str | None) -> None:
        self.folder = Path(folder or default_folder()).resolve()
        self.found: list[tuple[str, str, str]] = []
        self.unlocked: set[str] = set()  # the sentences that `lock` would cure
        self.course, self.types, self.scale = (
            self._single(kind) for kind in ("course", "types", "scale")
        )
        self.claims_file, self.situations = (
            self._single(kind, needed=False) for kind in ("claims", "situations")
        )
        for kind in (
            "topics",
            "editions",
            "beside",
        ):  # their shapes only: the tests look at what they name
            self._single(kind, needed=False)
        self.claims = tables(self.claims_file, "claims")
        self.codes = {
            p.stem: self._read(p, "code") for p in sorted((self.folder / "codes").glob("*.toml"))
        }
        self.files: list[
            tuple[str, str, Table]
        ] = []  # of every vignette, also where two have one id
        self.vignettes: dict[str, tuple[Path, str, Table]] = {}
        self._clashes: list[tuple[str, str]] = []
        self.own_folders = self._case_folders()
        for parent, shown in [
            (self.folder / "vignettes", self.shown(self.folder / "vignettes")),
            *self.own_folders,
        ]:
            for path in sorted(parent.glob("*.toml")):
                self._keep(path, f"{shown}/{path.name}")
        self.asked = self._asked()

    def shown(self, path: Path) -> str:
        """A file as it is named in sentences: from the content folder on, with forward slashes."""
        return path.relative_to(self.folder.parent).as_posix()

    def sentences(self) -> list[str]:
        """Every fault, sorted by file."""
        known = self._known()
        for id, file, table in self.files:
            self._add(file, of_name(id))
            self._add(file, of_vignette(id, table, known) if table else ())
        for file, other in self._clashes:
            said = f"its id is used by {other} too. An id names one vignette or claim. Rename this file; {SEE}"
            self.found.append((file, "", said))
        self._add(self.shown(self.folder / "claims.toml"), self._claim_faults(known))
        for id, table in self.codes.items():
            self._add(
                self.shown(self.folder / "codes" / f"{id}.toml"), self._code_faults(id, table)
            )
        self._add(self.shown(self.folder / "types.toml"), repeated(self.types, "types"))
        self._add(self.shown(self.folder / "scale.toml"), self._scale_faults())
        self._add(self.shown(self.folder / "course.toml"), self._course_faults(known))
        self._add(self.shown(self.folder / "surveys.csv"), self._survey_faults())
        for parent, asked in self.asked.items():
            self.found += list(self._lock_faults(parent, asked))
        self.found += self.uncovered()
        self.found = sorted(self.found, key=lambda fault: fault[0])
        return [
            f"{file}, {field}: {said}" if field else f"{file}: {said}"
            for file, field, said in self.found
        ]

    def uncovered(self) -> list[tuple[str, str, str]]:
        """Lines of situations.toml from which no vignette has grown."""
        grown = {
            line for _, _, table in self.vignettes.values() for line in strings(table, "grew_from")
        }
        file = self.shown(self.folder / "situations.toml")
        return [
            (
                file,
                id,
                f"no vignette has grown from this line. Each line is taught in at least one. "
                f'Write a case with grew_from = ["{id}"]; {SEE}',
            )
            for id in ids(self.situations, "lines")
            if id and id not in grown
        ]

    def _add(self, file: str, faults: Iterator[Fault] | tuple[()]) -> None:
        self.found += [(file, field, said) for field, said in faults]

    def _single(self, kind: str, needed: bool = True) -> Table:
        path = self.folder / f"{kind}.toml"
        return self._read(path, kind) if needed or path.exists() else {}

    def _read(self, path: Path, kind: str, file: str = "") -> Table:
        """A file's table, with its schema's faults noted; empty if it cannot be read."""
        file = file or self.shown(path)
        try:
            raw = path.read_bytes()
            if raw.startswith(b"\xef\xbb\xbf"):
                said = f"it begins with a byte order mark. Content is plain UTF-8. Save it as 'UTF-8 without BOM'; {SEE}"
                self.found.append((file, "", said))
            table = tomllib.loads(raw.decode("utf-8-sig"))
        except FileNotFoundError:
            self.found.append(
                (
                    file,
                    "",
                    f"there is no such file. The course cannot do without it. Put it back; {SEE}",
                )
            )
        except (OSError, ValueError) as error:
            said = f"it cannot be read as TOML in UTF-8 ({error}). Mend that place first; {SEE}"
            self.found.append((file, "", said))
        else:
            self._add(file, differences(table, kind))
            return table
        return {}

    def _case_folders(self) -> list[tuple[Path, str]]:
        folders = []
        for n, written in enumerate(strings(of(self.course, "cases", dict), "folders")):
            if written.strip() and (path := (self.folder / written).resolve()).is_dir():
                folders.append((path, written.rstrip("/")))
            elif written.strip():
                said = f"there is no folder '{written}' as seen from here. Make it, or correct the path; {SEE}"
                self.found.append(
                    (self.shown(self.folder / "course.toml"), f"cases.folders[{n + 1}]", said)
                )
        return folders

    def _keep(self, path: Path, file: str) -> None:
        table = self._read(path, "vignette", file)
        self.files.append((path.stem, file, table))
        if path.stem in self.vignettes:
            self._clashes.append((file, self.vignettes[path.stem][1]))
        elif path.stem in ids(self.claims_file, "claims"):
            self._clashes.append((file, self.shown(self.folder / "claims.toml")))
        else:
            self.vignettes[path.stem] = (path, file, table)

    def _known(self) -> Known:
        show = of(self.course, "show", dict)
        return Known(
            types=ids(self.types, "types"),
            codes={
                id: ids(table, "provisions") if table else None for id, table in self.codes.items()
            },
            stances={
                of(s, "id", str): of(s, "band", list) or None for s in tables(self.scale, "stances")
            },
            shown=[code for code in strings(show, "codes") if code in self.codes],
            lines=ids(self.situations, "lines"),
            verdicts=[of(p, "value", int) for p in tables(self.scale, "claim_ratings")],
            vignettes={id: of(table, "type", str) for id, (_, _, table) in self.vignettes.items()},
        )

    def _claim_faults(self, known: Known) -> Iterator[Fault]:
        yield from repeated(self.claims_file, "claims")
        for n, claim in enumerate(self.claims):
            yield from of_claim(f"claims[{n + 1}]", claim, known)

    def _code_faults(self, id: str, table: Table) -> Iterator[Fault]:
        yield from of_name(id)
        yield from repeated(table, "provisions")
        older = of(table, "replaces", str)
        if older == id or (older and older not in self.codes):
            what = "is this file itself" if older == id else "is not a code edition in codes/"
            hint = nearest(older, [code for code in self.codes if code != id])
            yield (
                "replaces",
                f"'{older}' {what}. {hint}Name an existing file, without '.toml', or take it out; {SEE}",
            )

    def _scale_faults(self) -> Iterator[Fault]:
        for name in ("stances", "checks"):
            yield from repeated(self.scale, name)
        for name in ("ratings", "claim_ratings", "confidence"):
            values = [of(p, "value", int) for p in tables(self.scale, name)]
            if values and all(values) and values != list(range(1, len(values) + 1)):
                yield (
                    name,
                    f"the values are {values}. They count up from 1. Put them in that order; {SEE}",
                )
        for n, stance in enumerate(tables(self.scale, "stances")):
            band, silent = of(stance, "band", list), stance.get("id") == "silent"
            if len(band) == 2 and all(isinstance(x, int) for x in band) and band[0] > band[1]:
                said = f"{band} runs downwards. The lower rating comes first. Write {band[::-1]}; {SEE}"
                yield f"stances[{n + 1}].band", said
            if silent == ("band" in stance) and "id" in stance:
                found = "'silent' has a band" if silent else f"'{stance['id']}' has no band"
                yield (
                    f"stances[{n + 1}]",
                    f"{found}. Every stance but 'silent' has one. Mend it; {SEE}",
                )

    def _course_faults(self, known: Known) -> Iterator[Fault]:
        codes = strings(of(self.course, "show", dict), "codes")
        yield from unknown("show.codes", codes, list(self.codes), "a code edition in codes/")
        types = strings(of(self.course, "assignment", dict), "types")
        yield from unknown("assignment.types", types, known.types, "a type in types.toml")
        if server := of(of(self.course, "session", dict), "server", str):
            try:
                class_server(server)
            except ContentError as error:
                yield "session.server", f"{str(error).removesuffix('.')}; {SEE}"

    def _survey_faults(self) -> Iterator[Fault]:
        path = self.folder / "surveys.csv"
        if path.exists():
            with path.open(encoding="utf-8", errors="replace", newline="") as lines:
                header = next(csv.reader(lines), [])
            for column in (c for c in _COLUMNS.split() if c not in header):
                yield (
                    "",
                    f"the column '{column}' is missing. The first line names every column. Put it back; {SEE}",
                )

    def _asked(self) -> dict[Path, dict[str, Asked]]:
        """For each folder with a lock, what its items ask, as far as it can be reckoned."""
        held: dict[Path, dict[str, Asked]] = {self.folder: {}}
        held |= {parent: {} for parent, _ in self.own_folders if (parent / LOCK).exists()}
        for id, (path, file, table) in self.vignettes.items():
            place = self.folder if path.parent == self.folder / "vignettes" else path.parent
            if place in held and (wording := wordings.of_vignette(table, self.scale)):
                held[place][id] = Asked(file, "", wording)
        for n, claim in enumerate(self.claims):
            if (id := of(claim, "id", str)) and (wording := wordings.of_claim(claim, self.scale)):
                held[self.folder][id] = Asked(
                    self.shown(self.folder / "claims.toml"), f"claims[{n + 1}]", wording
                )
        return held

    def _lock_faults(self, parent: Path, asked: dict[str, Asked]) -> Iterator[tuple[str, str, str]]:
        path, ours = parent / LOCK, parent == self.folder
        shown = self.shown(path) if ours else f"{dict(self.own_folders)[parent]}/{LOCK}"
        self._add(shown, wordings.misread(path))
        self._add(shown, wordings.gone(path, {*self.vignettes, *ids(self.claims_file, "claims")}))
        yield from wordings.changed(path, shown, asked)
        if not path.exists():
            said = f"there is no such file. It keeps each wording used. Run `python -m boundaries check --lock`; {SEE}"
            self.unlocked.add(said)
            yield shown, "", said
            return
        held = wordings.locked(path)
        for id, item in ((id, item) for id, item in asked.items() if id not in held):
            cure = (
                "Run `python -m boundaries check --lock`"
                if ours
                else f"Add the line '{id} {item.wording}'"
            )
            said = f"its wording is not in {shown}. Every wording that is taught stands there. {cure}; {SEE}"
            self.unlocked.add(said)
            yield item.file, item.field, said
