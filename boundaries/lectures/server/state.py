"""What a lecture shows, as JSON-ready dicts: to everybody at every stage, and to the class at the reveal.

Pure functions of what the database holds. A reading, or a count by rating, leaves them in the stage `reveal` alone,
and counts only through `release`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boundaries.answers.judgments import MAX_REASON, PHASES
from boundaries.content import Content, Item, Vignette
from boundaries.content import display as shown
from boundaries.content.display import State
from boundaries.lectures.rounds.stages import phase_of

if TYPE_CHECKING:
    from boundaries.counts.release import Released
    from boundaries.lectures.rounds.halls import Hall, Turn

LABELS = {"first": "Alone", "discussed": "After talking", "informed": "After the codes"}
_LEGENDS = {
    "first": "Judge alone",
    "discussed": "Judge again, after talking",
    "informed": "Judge again, after the codes",
}
_SHOWN = ("first", "discuss", "discussed", "reveal", "informed")
_NOTICE = "You may change it as long as this round is open; the last one counts. Nobody sees who chose what."
_HINT = (
    "Kept with your judgment on the class server and never shown on the screen. "
    "Leave out names and anything that could identify a person."
)


def public_state(
    lecture: Hall, case: Turn | None, counts: tuple[int, int], content: Content
) -> State:
    """What everybody may know of a lecture now; `counts` are how many joined and how many judged.

    `case` is the present one. Its text is there from its first round on, its form while a round is open, and
    `reveal` in the stage `reveal`.
    """
    on = case if case and lecture.stage in _SHOWN else None
    place = (
        lecture.vignettes.index(lecture.vignette) + 1
        if lecture.vignette in lecture.vignettes
        else 0
    )
    return {
        "code": lecture.code,
        "shown_code": shown_code(lecture.code),
        "session": lecture.session,
        "title": lecture.title,
        "mode": lecture.mode,
        "version": lecture.version,
        "stage": lecture.stage,
        "phase": phase_of(lecture.stage),
        "place": place,
        "of": len(lecture.vignettes),
        "vignettes": [
            {
                "id": id,
                "title": content.item(id).title if on and id == on.item else "",
                "state": "now"
                if n == place and lecture.stage != "over"
                else "done"
                if n < place
                else "to come",
            }
            for n, id in enumerate(lecture.vignettes, 1)
        ],
        "joined": counts[0],
        "judged": counts[1],
        "minimum": content.course.minimum_group,
        "remaining": None if lecture.remaining is None else round(lecture.remaining, 1),
        "case": _case(lecture, on, content) if on else None,
        "reveal": reveal_state(lecture, on, content) if on and lecture.stage == "reveal" else None,
    }


def shown_code(code: str) -> str:
    """A join code as it is written on a screen.

    >>> shown_code("K7QF2MWD")
    'K7QF-2MWD'
    """
    return f"{code[:4]}-{code[4:]}"


def form_state(lecture: Hall, item: Item, level: str, content: Content) -> State | None:
    """What `renderForm` of web/form.js shows while a round is open, before anything was chosen; else None."""
    phase = phase_of(lecture.stage)
    if phase is None:
        return None
    return {
        "kind": "state",
        "item": item.id,
        "wording": item.wording,
        "phase": phase,
        "legend": _LEGENDS[phase],
        "question": item.at(level, item.question) if isinstance(item, Vignette) else item.question,
        "options": shown.points(item.scale),
        "confidence": {"legend": "How sure are you?", "options": shown.points(content.confidence)},
        "reason": {"label": "Your reason (optional)", "max": MAX_REASON, "hint": _HINT},
        "skip": shown.SKIP,
        "submit": "Send my judgment",
        "notice": _NOTICE,
        "draft": f"boundaries/{lecture.code}/{item.id}/{item.wording}/{phase}",
        "chosen": None,
        "receipt": None,
        "result": None,
        "again": None,
    }


def reveal_state(lecture: Hall, case: Turn, content: Content) -> State:
    """The class and the codes' readings of one case, as far as it may be shown; see `release`.

    `groups` are blocks of the dial's levels that were used, in the dial's order. Of each: what may be shown of its
    phases, who moved, and the readings, which are the same over the whole block but for their words.
    """
    from boundaries.counts.release import blocks, release
    from boundaries.counts.tally import MOVES, RATINGS, table

    item = content.item(case.item)
    rows = table(case.frozen.ratings if case.frozen else (), RATINGS)
    moves = table(case.frozen.moves if case.frozen else (), MOVES)
    released = release(
        rows, moves, content, session=lecture.session, title=lecture.title, lecture=True
    )
    raters, judged = Counter[str](), Counter[str]()
    for wording, level, phase, rating, n in rows[
        ["wording", "level", "phase", "rating", "n"]
    ].itertuples(index=False):
        if wording == item.wording:
            judged[phase] += n
            raters[level] += n if phase == "first" and rating else 0
    used = item.levels if case.level == "split" else (case.level,)
    cut = [
        (block, [x for x in block if x in used]) for block in blocks(item, raters, released.minimum)
    ]
    groups = [_group(released, item, "+".join(block), mine, content) for block, mine in cut if mine]
    alone = len(groups) == 1
    opened = [phase for phase in PHASES if phase in case.revealed]
    hands = {phase: case.hands[phase] for phase in PHASES if sum(case.hands.get(phase, ()))}
    few = [phase for phase, n in hands.items() if sum(n) < released.minimum]
    withheld = [
        s for group in groups for s in _withheld(group, alone, opened, judged, released.minimum)
    ]
    if any(wording != item.wording for wording in rows["wording"]):
        withheld.append(
            "Judgments of an earlier wording of this case are not shown: the course now asks another."
        )
    withheld += [
        f"By hand, {LABELS[phase].lower()}: fewer than {released.minimum} hands." for phase in few
    ]
    return {
        "title": item.title,
        "question": item.at(used[0], item.question)
        if isinstance(item, Vignette)
        else item.question,
        "scale": shown.points(item.scale),
        "groups": groups,
        "hands": [
            {
                "phase": phase,
                "label": f"By hand, {LABELS[phase].lower()}",
                "n": sum(n),
                "counts": list(n),
            }
            for phase, n in hands.items()
            if phase not in few
        ],
        "sentences": [s for group in groups for s in _sentences(group, alone, item)],
        "withheld": withheld,
        "about": shown.ABOUT,
        "why": item.why,
        "questions": list(item.questions) if isinstance(item, Vignette) else [],
    }


def _case(lecture: Hall, case: Turn, content: Content) -> State:
    item = content.item(case.item)
    split = case.level == "split"
    levels = item.levels if split else (case.level,)
    vignette = item if isinstance(item, Vignette) else None
    return {
        "item": item.id,
        "wording": item.wording,
        "title": item.title,
        "note": vignette.content_note if vignette else "",
        "split": split,
        "levels": {
            level: {
                "label": vignette.label(level) if vignette else "",
                "case": vignette.at(level, vignette.case) if vignette else "",
                "act": vignette.at(level, vignette.act) if vignette else item.title,
                "form": form_state(lecture, item, level, content),
            }
            for level in levels
        },
    }


def _group(
    released: Released, item: Item, block: str, levels: Sequence[str], content: Content
) -> State:
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
    label = " / ".join(item.label(x) for x in levels) if isinstance(item, Vignette) else ""
    return {
        "levels": "+".join(levels),
        "label": label,
        "phases": phases,
        "readings": _readings(item, levels, content) if isinstance(item, Vignette) else [],
        "moves": _moves(released, item, block),
        "paired": (item.id, block) in released.paired,
    }


def _readings(item: Vignette, levels: Sequence[str], content: Content) -> list[State]:
    found = []
    for code in shown.codes_of(item, content):
        read = {r: level for level in reversed(levels) if (r := item.reading(code, level))}
        for reading, level in reversed(
            read.items()
        ):  # one, unless only the words differ between the levels
            one = shown.shown(reading, content)
            one["verdicts"] = {
                str(p.value): shown.beside(p.value, reading.band) for p in item.scale
            }
            found.append(
                one | ({"code": f"{one['code']} ({item.label(level)})"} if len(read) > 1 else {})
            )
    return found


def _moves(released: Released, item: Item, block: str) -> list[State]:
    pairs: dict[tuple[str, str], Counter[str]] = {}
    for id, levels, first, before, then, after, n in released.moves[
        ["item", "levels", "from_phase", "from_rating", "to_phase", "to_rating", "n"]
    ].itertuples(index=False, name=None):
        if (id, levels) == (item.id, block) and before and after:
            side = "stricter" if after < before else "permissive" if after > before else "stayed"
            pairs.setdefault((first, then), Counter())[side] += n
    return [_move(*pair, sides) for pair, sides in pairs.items()]


def _move(first: str, then: str, sides: Mapping[str, int]) -> dict[str, Any]:
    n = sum(sides.values())
    found = {side: sides.get(side, 0) for side in ("stricter", "stayed", "permissive")}
    text = (
        f"{n} rated it both times: {found['stayed']} stayed, {found['stricter']} became stricter, "
        f"{found['permissive']} more permissive."
    )
    return {"from": first, "to": then, "n": n} | found | {"text": text}


def _sentences(group: State, alone: bool, item: Item) -> list[str]:
    """What a class chose most often, in words."""
    words = {p.value: p.label.lower() for p in item.scale}
    said = []
    for phase in group["phases"]:
        most = max(phase["counts"])
        often = [p.value for p, n in zip(item.scale, phase["counts"], strict=True) if n == most]
        name = phase["label"] if alone else f"{group['label']}, {phase['label'].lower()}"
        what = " and ".join(f"{value}, {words[value]}" for value in often)
        many = f"{most} {'each ' if len(often) > 1 else ''}of {phase['n']}"
        said.append(
            f"{name}: most often {what} ({many})."
            if len(often) < 3
            else f"{name}: spread over the scale."
        )
    return [text[0].upper() + text[1:] for text in said]


def _withheld(
    group: State, alone: bool, opened: Sequence[str], judged: Mapping[str, int], minimum: int
) -> list[str]:
    """Sentences for what is not shown of a group. Only the number that everybody saw, of the whole room, is said."""
    there = {phase["phase"] for phase in group["phases"]}
    said = []
    for phase in opened:
        if phase in there:
            continue
        n = judged[phase]
        name = "" if phase == "first" else f"{LABELS[phase]}: "
        if alone and n < minimum:
            who = (
                "nobody has judged on a phone"
                if not n
                else "1 has judged"
                if n == 1
                else f"{n} have judged"
            )
            text = f"{name}{who}; the class appears from {minimum}."
        else:
            of = "" if alone else f"{group['label']}, {LABELS[phase].lower()}: "
            text = (
                f"{of or name}fewer than {minimum} gave a rating; the class appears from {minimum}."
            )
        said.append(text[0].upper() + text[1:])
    if group["paired"]:
        of = "" if alone else f"{group['label']}: "
        text = f"{of}Shown are those who judged both times. Fewer than {minimum} judged only once; they are left out."
        said.append(text[0].upper() + text[1:])
    if len(there) > 1 and not group["moves"]:
        of = "" if alone else f"{group['label']}: "
        said.append(
            f"{of}How many moved is not shown: it could single out fewer than {minimum} people."
        )
    return said
