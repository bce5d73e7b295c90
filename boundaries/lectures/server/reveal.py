"""What is shown of a case in the stage `reveal`: the class beside the codes' bands, and sentences
for both.

Pure functions of frozen counts, which reach a screen only through `release`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boundaries.answers.judgments import PHASES
from boundaries.content import Content, Item, Vignette
from boundaries.content import display as shown
from boundaries.lectures.rounds.standing import Frozen
from boundaries.lectures.server.shapes import CodesShown, Reveal

if TYPE_CHECKING:
    import pandas as pd

    from boundaries.counts.release import Released
    from boundaries.lectures.rounds.halls import Hall, Turn

LABELS = {"first": "Alone", "discussed": "After talking", "informed": "After the codes"}
_SIDES = ("stricter", "stayed", "permissive")


def codes_shown(turn: Turn, content: Content) -> CodesShown:
    """What the codes say of a case, a group for each level that was used, without the class."""
    item = content.item(turn.item)
    used = _used(item, turn)
    groups = []
    for level in used:
        group: dict[str, Any] = {"levels": level, "label": "", "readings": []}
        if isinstance(item, Vignette):
            group["label"] = item.label(level)
            group["readings"] = shown.readings_at(item, [level], content)
        groups.append(group)
    return {
        "item": item.id,
        "title": item.title,
        "question": shown.question(item, used[0]),
        "scale": shown.points(item.scale),
        "groups": groups,
        "about": shown.ABOUT,
        "why": item.why,
        "questions": list(item.questions) if isinstance(item, Vignette) else [],
    }


def reveal_state(hall: Hall, turn: Turn, content: Content) -> Reveal:
    """The class and the codes' readings of one case, as far as it may be shown; see `release`.

    `groups` are blocks of the dial's levels that were used, in the dial's order. Of each: what may
    be shown of its phases, who moved, and the readings, which are the same over the whole block but
    for their words."""
    from boundaries.counts.release import blocks

    item, used = content.item(turn.item), _used(content.item(turn.item), turn)
    rows, released = released_of(hall, turn.frozen, content)
    raters, judged = _raters_and_judged(rows, item)
    groups = []
    for block in blocks(item, raters, released.minimum):
        levels = [level for level in block if level in used]
        if levels:
            groups.append(_group(released, item, "+".join(block), levels, content))
    alone = len(groups) == 1
    opened = [phase for phase in PHASES if phase in turn.revealed]
    sentences: list[str] = []
    withheld: list[str] = []
    for group in groups:
        sentences += _most_often(group, alone, item)
        # Of a lecture everybody saw how many have judged; of homework nobody did.
        seen = judged if hall.mode == "lecture" else None
        withheld += _withheld(group, alone, opened, seen, released.minimum)
    if any(wording != item.wording for wording in rows["wording"]):
        withheld.append(
            "Judgments of an earlier wording of this case are not shown: "
            "the course now asks another."
        )
    hands, few = _hands(turn, released.minimum)
    reasons = []
    for phase in PHASES:
        if phase in turn.reasons:
            texts = list(turn.reasons[phase])
            reasons.append({"phase": phase, "label": LABELS[phase], "texts": texts})
    return {
        **codes_shown(turn, content),
        "groups": groups,
        "hands": hands,
        "sentences": sentences,
        "withheld": withheld + few,
        "reasons": reasons,
    }


def _used(item: Item, turn: Turn) -> tuple[str, ...]:
    return item.levels if turn.level == "split" else (turn.level,)


def released_of(
    hall: Hall, frozen: Frozen | None, content: Content
) -> tuple[pd.DataFrame, Released]:
    """The frozen counts by rating, and what may be shown of all frozen counts."""
    # These load pandas, which no server needs before its first reveal.
    from boundaries.counts.release import release
    from boundaries.counts.tally import MOVES, RATINGS, table

    frozen = frozen or Frozen((), ())
    ratings, moves = table(frozen.ratings, RATINGS), table(frozen.moves, MOVES)
    lecture = hall.mode == "lecture"
    released = release(
        ratings, moves, content, session=hall.session, title=hall.title, lecture=lecture
    )
    return ratings, released


def _raters_and_judged(rows: pd.DataFrame, item: Item) -> tuple[Counter[str], Counter[str]]:
    """How many rated the item alone, by level; and how many judged it (skips too), by phase."""
    raters, judged = Counter[str](), Counter[str]()
    columns = rows[["wording", "level", "phase", "rating", "n"]]
    for wording, level, phase, rating, n in columns.itertuples(index=False):
        if wording != item.wording:
            continue
        judged[phase] += n
        # A level that only skips is there, too, with nobody.
        raters[level] += 0
        if phase == "first" and rating:
            raters[level] += n
    return raters, judged


def _hands(turn: Turn, minimum: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Shows of hands that may be shown, and a sentence for each that may not."""
    hands: list[dict[str, Any]] = []
    few: list[str] = []
    for phase in PHASES:
        counts = turn.hands.get(phase, ())
        label, n = f"By hand, {LABELS[phase].lower()}", sum(counts)
        if n >= minimum:
            hands.append({"phase": phase, "label": label, "n": n, "counts": list(counts)})
        elif n:
            few.append(f"{label}: fewer than {minimum} hands.")
    return hands, few


# -- a group --------------------------------------------------------------------------------------


def _group(
    released: Released, item: Item, block: str, levels: Sequence[str], content: Content
) -> dict[str, Any]:
    group: dict[str, Any] = {
        "levels": "+".join(levels),
        "label": "",
        "phases": _phases(released, item, block),
        "readings": [],
        "moves": _moves(released, item, block),
        "paired": (item.id, block) in released.paired,
    }
    if isinstance(item, Vignette):
        group["label"] = " / ".join(item.label(level) for level in levels)
        group["readings"] = shown.readings_at(item, levels, content)
    return group


def _phases(released: Released, item: Item, block: str) -> list[dict[str, Any]]:
    from boundaries.counts.comparison import answers_to

    phases = []
    for phase in PHASES:
        (answers,) = answers_to(released, [item], phase)
        for group in answers.groups:
            if "+".join(group.levels) == block:
                phases.append(
                    {
                        "phase": phase,
                        "label": LABELS[phase],
                        "n": sum(group.counts),
                        "skips": group.skips,
                        "counts": list(group.counts),
                    }
                )
    return phases


def _moves(released: Released, item: Item, block: str) -> list[dict[str, Any]]:
    """Of each two phases, who moved to which side."""
    pairs: dict[tuple[str, str], Counter[str]] = {}
    columns = ["item", "levels", "from_phase", "from_rating", "to_phase", "to_rating", "n"]
    rows = released.moves[columns].itertuples(index=False, name=None)
    for id, levels, phase, rating, later_phase, later_rating, n in rows:
        if (id, levels) != (item.id, block) or not rating or not later_rating:
            continue
        side = "stayed"
        if later_rating < rating:
            side = "stricter"
        elif later_rating > rating:
            side = "permissive"
        pairs.setdefault((phase, later_phase), Counter())[side] += n
    return [_move(*phases, sides) for phases, sides in pairs.items()]


def _move(phase: str, later_phase: str, sides: Mapping[str, int]) -> dict[str, Any]:
    n = sum(sides.values())
    counts = {side: sides.get(side, 0) for side in _SIDES}
    text = (
        f"{n} rated it both times: {counts['stayed']} stayed, "
        f"{counts['stricter']} became stricter, "
        f"{counts['permissive']} more permissive."
    )
    return {"from": phase, "to": later_phase, "n": n, **counts, "text": text}


# -- in words -------------------------------------------------------------------------------------


def _most_often(group: dict[str, Any], alone: bool, item: Item) -> list[str]:
    """What a class chose most often, a sentence for each phase."""
    words = {point.value: point.label.lower() for point in item.scale}
    sentences = []
    for phase in group["phases"]:
        most = max(phase["counts"])
        often = []
        for point, n in zip(item.scale, phase["counts"], strict=True):
            if n == most:
                often.append(f"{point.value}, {words[point.value]}")
        name = phase["label"]
        if not alone:
            name = f"{group['label']}, {phase['label'].lower()}"
        if len(often) > 2:
            sentence = f"{name}: spread over the scale."
        else:
            each = "each " if len(often) > 1 else ""
            sentence = f"{name}: most often {' and '.join(often)} ({most} {each}of {phase['n']})."
        sentences.append(_capitalised(sentence))
    return sentences


def _withheld(
    group: dict[str, Any],
    alone: bool,
    opened: Sequence[str],
    judged: Mapping[str, int] | None,
    minimum: int,
) -> list[str]:
    """Sentences for what is not shown of a group. Only the number that everybody saw, of the whole
    room, is said."""
    shown_phases = {phase["phase"] for phase in group["phases"]}
    sentences = []
    for phase in opened:
        if phase in shown_phases:
            continue
        if alone and judged is not None and judged[phase] < minimum:
            how_many = _how_many_judged(judged[phase])
        else:
            how_many = f"fewer than {minimum} gave a rating"
        if not alone:
            name = f"{group['label']}, {LABELS[phase].lower()}: "
        elif phase == "first":
            name = ""
        else:
            name = f"{LABELS[phase]}: "
        sentences.append(f"{name}{how_many}; the class appears from {minimum}.")
    name = "" if alone else f"{group['label']}: "
    if group["paired"]:
        sentences.append(
            f"{name}Shown are those who judged both times. "
            f"Fewer than {minimum} judged only once; they are left out."
        )
    if len(shown_phases) > 1 and not group["moves"]:
        sentences.append(
            f"{name}How many moved is not shown: it could single out fewer than {minimum} people."
        )
    return [_capitalised(sentence) for sentence in sentences]


def _how_many_judged(n: int) -> str:
    if n == 0:
        return "nobody has judged on a phone"
    if n == 1:
        return "1 has judged"
    return f"{n} have judged"


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
