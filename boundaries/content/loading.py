"""What the course is made of, read from `data/`: cases, codes of ethics, scales, claims and surveys.

`load()` gives one frozen `Content`. It trusts its files: run `python -m boundaries check` after
editing them, which names every fault at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from operator import attrgetter, itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from boundaries.content import parsing
from boundaries.content.normsets import NORMS_FOLDER, NormSet, norm_set_of
from boundaries.content.prompts import Model, Prompts, model_of, prompts_of
from boundaries.content.words import (
    Claim,
    Code,
    Country,
    Course,
    Item,
    Point,
    Stance,
    Survey,
    Type,
    Vignette,
)
from boundaries.errors import ContentError

T = TypeVar("T")

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Content:
    """All content, cross-referenced and frozen. Mappings go by id, in the order of the files."""

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
    countries: Mapping[str, Country] = field(default_factory=dict)
    norms: tuple[NormSet, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    prompts: Mapping[str, Prompts] = field(default_factory=dict)
    _replaced: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def vignettes(self) -> Mapping[str, Vignette]:
        """The vignettes that are taught: all but those that a later one replaces."""
        taught = {}
        for id, vignette in self.all_vignettes.items():
            if id not in self._replaced:
                taught[id] = vignette
        return taught

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """All that is asked today: the vignettes that are taught, then the claims."""
        return {**self.vignettes, **self.claims}

    @cached_property
    def all_items(self) -> Mapping[str, Item]:
        """All that there may be judgments of: as `items`, with the vignettes that were replaced."""
        return {**self.all_vignettes, **self.claims}

    def of_lesson(self, type: str, *ids: str) -> tuple[Item, ...]:
        """What one lesson asks: the taught vignettes of a type, or under "claims" all claims; with
        `ids` these alone.

        Raises ContentError for an unknown type, and for an id that is none of the lesson's.
        """
        items: tuple[Item, ...] = tuple(self.claims.values())
        if type != "claims":
            items = self.of_type(type)
        by_id = {item.id: item for item in items}
        for id in ids:
            if id not in by_id:
                known = ", ".join(sorted(by_id))
                raise ContentError(
                    f"{id!r} is not a case of the lesson '{type}'. Choose one or more of: {known}."
                )
        return tuple(by_id[id] for id in ids) or items

    def title_of(self, type: str) -> str:
        """What a lesson is called."""
        return self.types[type].title if type in self.types else "Claims"

    def of_type(self, type: str) -> tuple[Vignette, ...]:
        """The taught vignettes of one type, by id.

        Raises ContentError for a type that types.toml does not name.
        """
        if type not in self.types:
            types = ", ".join(self.types)
            raise ContentError(
                f"'{type}' is not a type of dual relationship. Choose one of: {types}."
            )
        return tuple(v for v in self.vignettes.values() if v.type == type)

    def pair_of(self, type: str, items: Iterable[Item]) -> list[Item]:
        """The two of a lesson's items that lessons.toml sets side by side; none where it lacks one."""
        by_id = {item.id: item for item in items}
        prompts = self.prompts.get(type)
        if prompts is None or not set(prompts.pair) <= set(by_id):
            return []
        return [by_id[id] for id in prompts.pair]

    def item(self, id: str) -> Item:
        """The vignette (replaced ones too) or claim with this id. Raises ContentError if there is none."""
        # Of a vignette that was replaced there are judgments still.
        item = self.all_vignettes.get(id) or self.claims.get(id)
        if item is None:
            raise ContentError(
                f"'{id}' is not a vignette or claim of this course. If its file was renamed or "
                "removed, put it back: stored judgments name it."
            )
        return item

    @property
    def shown_codes(self) -> tuple[Code, ...]:
        """The codes that course.toml shows, in its order."""
        # `check` names those that are not there; a lesson goes on without them.
        return tuple(self.codes[id] for id in self.course.codes if id in self.codes)


def course_root() -> Path:
    """The folder with `data/` and `notebooks/`: inside the package where a wheel was installed,
    else the checkout."""
    installed = PACKAGE / "course"
    if installed.is_dir():
        return installed
    return PACKAGE.parent


def default_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the content lies: $BOUNDARIES_DATA if set, else the course's own `data/`."""
    chosen = environ.get("BOUNDARIES_DATA")
    if chosen:
        return Path(chosen)
    folder = course_root() / "data"
    if not folder.is_dir():
        raise ContentError(
            f"{folder}: the course's content is not there. Install the course again, or set "
            "BOUNDARIES_DATA to the folder with types.toml."
        )
    return folder


def load(folder: Path | str | None = None) -> Content:
    """All content of a folder (default: the course's own), with the own cases that course.toml names.

    Raises ContentError naming the first file that cannot be read; `python -m boundaries check`
    names them all.

    >>> load().types["business"].question
    'Is a bargain ever just a bargain?'
    """
    return _load(Path(folder or default_folder()).resolve())


# Everything is frozen, so that all may share it. Four folders: the course's own, and copies of tests.
@lru_cache(maxsize=4)
def _load(folder: Path) -> Content:
    countries = _by_id(folder / "countries.toml", _word(Country), needed=False)  # none before 0.3
    settings = partial(parsing.course_settings, folder=folder, countries=countries)
    course = _read(folder / "course.toml", settings)
    scale = _read(folder / "scale.toml", parsing.scale_of)
    vignette = partial(
        parsing.vignette_of,
        stem=scale.pop("stem"),
        scale=scale["ratings"],
        stances=scale["stances"],
    )
    vignettes = _each([folder / "vignettes", *course.case_folders], vignette)
    claim = partial(parsing.claim_of, scale=scale["claim_ratings"])
    survey_file = folder / "surveys.csv"
    with parsing.naming(survey_file):
        surveys = parsing.surveys_of(survey_file)
    return Content(
        folder=folder,
        types=_by_id(folder / "types.toml", _word(Type)),
        codes=_each([folder / "codes"], parsing.edition_of),
        countries=countries,
        models=_by_id(folder / "models.toml", model_of, needed=False),
        prompts=_by_id(folder / "lessons.toml", prompts_of, needed=False),
        all_vignettes=vignettes,
        claims=_by_id(folder / "claims.toml", claim, needed=False),
        surveys=surveys,
        norms=tuple(_each([folder / NORMS_FOLDER], norm_set_of).values()),
        course=course,
        _replaced=frozenset(map(attrgetter("replaces"), vignettes.values())) - {""},
        **scale,
    )


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises ContentError that names the file."""
    try:
        # Windows editors put a byte order mark in front; `check` complains of it, reading does not.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ContentError(
            f"{path}: no such file. Put it back, or run `python -m boundaries check`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentError(f"{path}: not a TOML file in UTF-8 ({error}).") from None


def _word(kind: type[T]) -> Callable[[Any], T]:
    return partial(parsing.word_of, kind)


def _read(path: Path, make: Callable[[Any], T]) -> T:
    """What a file's table makes. Raises ContentError that names the file."""
    table = read_toml(path)
    with parsing.naming(path):
        return make(table)


def _each(folders: Iterable[Path], make: Callable[[Path, Any], T]) -> Mapping[str, T]:
    """What each file of these folders makes, by its name."""
    words = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            words[path.stem] = _read(path, partial(make, path))
    return MappingProxyType(words)


def _by_id(path: Path, make: Callable[[Any], T], needed: bool = True) -> Mapping[str, T]:
    """The words of a file that is a list of tables under its own name, by their ids."""
    if not needed and not path.exists():
        return MappingProxyType({})
    tables = _read(path, itemgetter(path.stem))
    with parsing.naming(path):
        return MappingProxyType({table["id"]: make(table) for table in tables})
