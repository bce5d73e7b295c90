"""What the course is made of, read from `data/`: cases, codes of ethics, scales, claims and surveys.

`load()` gives one frozen `Content`. It trusts its files: run `python -m boundaries check` (module `check`)
after editing them, which names every fault at once.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from boundaries.content.words import (
    Band,
    Claim,
    Code,
    Course,
    Dial,
    Item,
    Level,
    Point,
    Provision,
    Reading,
    Stance,
    Survey,
    Type,
    Vignette,
)
from boundaries.errors import ContentError


@dataclass(frozen=True)
class Content:
    """All content, cross-referenced and frozen."""

    folder: Path
    types: Mapping[str, Type]
    ratings: tuple[Point, ...]
    claim_ratings: tuple[Point, ...]
    confidence: tuple[Point, ...]
    stances: Mapping[str, Stance]
    checks: Mapping[str, str]
    scale_source: str
    codes: Mapping[str, Code]
    all_vignettes: Mapping[str, Vignette]
    claims: Mapping[str, Claim]
    surveys: tuple[Survey, ...]
    course: Course
    _replaced: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def vignettes(self) -> Mapping[str, Vignette]:
        """The vignettes that are taught: all but those that a later one replaces."""
        return {id: v for id, v in self.all_vignettes.items() if id not in self._replaced}

    def of_type(self, type: str) -> tuple[Vignette, ...]:
        """The taught vignettes of one type, by id.

        Raises ContentError for a type that types.toml does not name.
        """
        if type not in self.types:
            raise ContentError(
                f"'{type}' is not a type of dual relationship. Choose one of: {', '.join(self.types)}."
            )
        return tuple(v for v in self.vignettes.values() if v.type == type)

    def item(self, id: str) -> Item:
        """The vignette (replaced ones too) or claim with this id. Raises ContentError if there is none."""
        found = self.all_vignettes.get(id) or self.claims.get(id)
        if found is None:
            raise ContentError(
                f"'{id}' is not a vignette or claim of this course. "
                "If its file was renamed or removed, put it back: stored judgments name it."
            )
        return found

    @property
    def shown_codes(self) -> tuple[Code, ...]:
        """The codes that course.toml shows, in its order."""
        return tuple(self.codes[id] for id in self.course.codes if id in self.codes)


def default_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the content lies: $BOUNDARIES_DATA if set, else the course's own `data/`."""
    if chosen := environ.get("BOUNDARIES_DATA"):
        return Path(chosen)
    folder = Path(__file__).parent.parent.parent / "data"
    if not folder.is_dir():
        raise ContentError(
            f"{folder}: the course's content is not there. Install the course from its own folder "
            "(`pip install -e .`), or set BOUNDARIES_DATA to the folder with types.toml."
        )
    return folder


def load(folder: Path | str | None = None) -> Content:
    """All content of a folder (default: the course's own), with the extra cases that course.toml names.

    Raises ContentError naming the first file that cannot be read; `python -m boundaries check` names them all.

    >>> load().types["business"].question
    'Is a bargain ever just a bargain?'
    """
    return _load(Path(folder or default_folder()).resolve())


@lru_cache(maxsize=4)
def _load(folder: Path) -> Content:
    course = _course(folder)
    scale = read_toml(folder / "scale.toml")
    with _Naming(folder / "scale.toml"):
        ratings, claim_ratings, confidence = (
            tuple(Point(p["value"], p["label"]) for p in scale[key])
            for key in ("ratings", "claim_ratings", "confidence")
        )
        stances = {
            s["id"]: Stance(s["id"], s["label"], _band(s), s["note"]) for s in scale["stances"]
        }
        checks = {c["id"]: c["label"] for c in scale["checks"]}
        stem, source = scale["question"]["stem"], scale["question"]["source"]
        source_check = checks[scale["question"]["checked"]]
    vignettes: dict[str, Vignette] = {}
    for path in vignette_files(folder, course):
        with _Naming(path):
            vignette = _vignette(path, stem, ratings, stances)
        vignettes[vignette.id] = vignette
    with _Naming(folder / "types.toml"):
        types = {
            t["id"]: Type(t["id"], t["title"], t["question"])
            for t in read_toml(folder / "types.toml")["types"]
        }
    with _Naming(folder / "claims.toml"):
        tables = (
            read_toml(folder / "claims.toml")["claims"] if (folder / "claims.toml").exists() else []
        )
        claims = {c["id"]: _claim(c, claim_ratings) for c in tables}
    with _Naming(folder / "surveys.csv"):
        surveys = tuple(_surveys(folder / "surveys.csv"))
    return Content(
        folder=folder,
        types=MappingProxyType(types),
        ratings=ratings,
        claim_ratings=claim_ratings,
        confidence=confidence,
        stances=MappingProxyType(stances),
        checks=MappingProxyType(checks),
        scale_source=f"{source} ({source_check})",
        codes=MappingProxyType(
            {path.stem: _code(path) for path in sorted((folder / "codes").glob("*.toml"))}
        ),
        all_vignettes=MappingProxyType(vignettes),
        claims=MappingProxyType(claims),
        surveys=surveys,
        course=course,
        _replaced=frozenset(v.replaces for v in vignettes.values() if v.replaces),
    )


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises ContentError that names the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ContentError(
            f"{path}: no such file. Put it back, or run `python -m boundaries check`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: not a TOML file in UTF-8 ({error}).") from None


def vignette_files(folder: Path, course: Course | None = None) -> list[Path]:
    """Every vignette file: the course's own, then those of the folders that course.toml names."""
    course = course or _course(folder)
    folders = [folder / "vignettes", *course.case_folders]
    return [path for each in folders for path in sorted(each.glob("*.toml"))]


def wording_of(
    case: str, act: str, question: str, scale: tuple[Point, ...], dial: Dial | None
) -> str:
    """Twelve hex digits that change with anything a student is asked."""
    levels = [[x.id, x.label, x.text] for x in dial.levels] if dial else []
    asked = [case, act, question, [[p.value, p.label] for p in scale], levels]
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()[:12]


class _Naming:
    """Turns a missing or misshapen field into a ContentError that names the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError | TypeError | AttributeError | IndexError):
            raise ContentError(
                f"{self.path}: {type(error).__name__} at {error}. "
                "Run `python -m boundaries check` to see what is missing."
            ) from error


def _band(table: Mapping[str, Any]) -> Band | None:
    low_high = table.get("band")
    return (low_high[0], low_high[1]) if low_high else None


def _course(folder: Path) -> Course:
    table = read_toml(folder / "course.toml")
    with _Naming(folder / "course.toml"):
        return Course(
            session=table["session"]["id"],
            title=table["session"]["title"],
            mode=table["session"]["mode"],
            codes=tuple(table["show"]["codes"]),
            others=table["show"]["others"],
            minimum_group=max(5, table["show"]["minimum_group"]),
            types=tuple(table["assignment"]["types"]),
            due=table["assignment"]["due"],
            case_folders=tuple((folder / f).resolve() for f in table["cases"]["folders"]),
            keep_until=table["session"].get("keep_until", ""),
            server=table["session"].get("server", ""),
        )


def _code(path: Path) -> Code:
    table = read_toml(path)
    with _Naming(path):
        provisions = [Provision(code=path.stem, **p) for p in table["provisions"]]
        return Code(
            id=path.stem,
            provisions={p.id: p for p in provisions},
            **{k: v for k, v in table.items() if k not in ("provisions", "facts_id")},
        )


def _vignette(
    path: Path, stem: str, scale: tuple[Point, ...], stances: Mapping[str, Stance]
) -> Vignette:
    table = read_toml(path)
    dial = None
    if "dial" in table:
        levels = tuple(Level(x["id"], x["label"], x["text"]) for x in table["dial"]["levels"])
        dial = Dial(table["dial"]["fact"], levels)
    case, act, behaviour = (" ".join(table[k].split()) for k in ("case", "act", "behaviour"))
    question = stem.replace("{behaviour}", behaviour)
    known = set(Vignette.__dataclass_fields__) - {"dial", "readings"}
    plain: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k in known
    }
    plain |= {"case": case, "act": act, "behaviour": behaviour}
    return Vignette(
        **plain,
        id=path.stem,
        file=str(path),
        question=question,
        scale=scale,
        dial=dial,
        wording=wording_of(case, act, question, scale, dial),
        readings=tuple(_reading(r, table, stances) for r in table["readings"]),
    )


def _reading(
    table: Mapping[str, Any], vignette: Mapping[str, Any], stances: Mapping[str, Stance]
) -> Reading:
    return Reading(
        code=table["code"],
        stance=table["stance"],
        basis=table["basis"],
        provisions=tuple(table["provisions"]),
        band=_band(table) or stances[table["stance"]].band,
        band_why=table.get("band_why", ""),
        why=table["why"],
        changes=table["changes"],
        levels=tuple(table.get("levels", ())),
        author=table.get("author", vignette["author"]),
        date=table.get("date", vignette["date"]),
        reviewer=table.get("reviewer", ""),
    )


def _claim(table: Mapping[str, Any], scale: tuple[Point, ...]) -> Claim:
    claim = " ".join(table["claim"].split())
    return Claim(
        id=table["id"],
        claim=claim,
        scale=scale,
        wording=wording_of("", claim, "claim", scale, None),
        verdict=table["verdict"],
        why=table["why"],
        provisions=tuple((p.split(":", 1)[0], p.split(":", 1)[1]) for p in table["provisions"]),
        grew_from=tuple(table["grew_from"]),
        author=table["author"],
        date=table["date"],
    )


def _surveys(path: Path) -> Iterator[Survey]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Survey(
                study=row["study_id"],
                citation=row["citation"],
                year=row["year"],
                country=row["country"],
                respondents=row["respondent_group"],
                n=row["n"],
                item=row["item_id"],
                text=row["item_text_short"],
                scale=row["scale"],
                category=row["category"],
                percent=row["percent"],
                confidence=row["confidence"],
                url=row["source_url"],
            )
