"""Small contents built in memory, for tests that need a vignette or two and no files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from boundaries.content import (
    Band,
    Code,
    Content,
    Course,
    Dial,
    Level,
    Point,
    Reading,
    Stance,
    Type,
    Vignette,
    wording_of,
)

LABELS = (
    "Never ethical",
    "Under rare conditions",
    "Under some conditions",
    "Under most conditions",
    "Always ethical",
)
SCALE = tuple(Point(value, label) for value, label in enumerate(LABELS, 1))
BANDS: dict[str, Band | None] = {
    "prohibited": (1, 1),
    "discouraged": (2, 2),
    "conditional": (2, 4),
    "permitted": (4, 5),
    "required": (5, 5),
    "silent": None,
}


def reading(
    code: str = "aca-2014", stance: str = "conditional", levels: tuple[str, ...] = (), **fields
) -> Reading:
    """One code's reading, with the default band of its stance."""
    given = {
        "basis": "none" if stance == "silent" else "specific",
        "band": BANDS[stance],
        "provisions": (),
    }
    given |= {
        "why": "Invented.",
        "changes": "Invented.",
        "author": "A",
        "date": "2026-01-01",
        "reviewer": "",
    }
    return Reading(**({"code": code, "stance": stance, "levels": levels} | given | fields))


def vignette(
    id: str = "tiles",
    type: str = "business",
    levels: tuple[str, ...] = (),
    readings: tuple[Reading, ...] = (),
    scale: tuple[Point, ...] = SCALE,
    **fields,
) -> Vignette:
    """A vignette; `levels` are ids, their labels are "at <id>". Without `readings`: one, conditional (2 to 4)."""
    dial = (
        Dial("price", tuple(Level(x, f"at {x}", f"It costs {x}.") for x in levels))
        if levels
        else None
    )
    case, act = f"Invented case {id}. {{dial}}", "The therapist buys it."
    question = "In cases like this one, is it ethical for a therapist to buy it?"
    made = Vignette(
        id=id,
        type=type,
        title=id.title(),
        case=case,
        act=act,
        behaviour="buy it",
        question=question,
        scale=scale,
        wording=wording_of(case, act, question, scale, dial),
        grew_from=("test",),
        why="Invented for a test.",
        questions=("Why?",),
        minutes=5,
        author="A",
        date="2026-01-01",
        readings=readings or (reading(),),
        dial=dial,
    )
    return replace(made, **fields)


def content(*vignettes: Vignette, minimum: int = 5, codes: tuple[str, ...] = ()) -> Content:
    """A content of these vignettes (default: one), with the codes that they and `codes` name, all shown."""
    vignettes = vignettes or (vignette(),)
    named = sorted({r.code for v in vignettes for r in v.readings} | set(codes))
    return Content(
        folder=Path("invented"),
        types={t: Type(t, t.title(), "Why?") for t in sorted({v.type for v in vignettes})},
        ratings=SCALE,
        claim_ratings=tuple(Point(n, x) for n, x in enumerate(("False", "Overstated", "True"), 1)),
        confidence=tuple(
            Point(n, x) for n, x in enumerate(("A guess", "Unsure", "Fairly sure", "Certain"), 1)
        ),
        stances={s: Stance(s, s.title(), band, "") for s, band in BANDS.items()},
        checks={"text": "read"},
        scale_source="invented",
        codes={c: Code(c, c, c, c, "code", True, "2014", {}) for c in named},
        all_vignettes={v.id: v for v in vignettes},
        _replaced=frozenset(v.replaces for v in vignettes) - {""},
        claims={},
        surveys=(),
        course=Course(
            session="test",
            title="Test",
            mode="homework",
            codes=tuple(named),
            others=True,
            minimum_group=minimum,
            types=(),
            due="",
            case_folders=(),
        ),
    )
