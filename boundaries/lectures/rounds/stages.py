"""The rounds of one case: which stage may follow, what it opens, and what it makes final.

A round is open while its stage is on; leaving the stage closes it. What a `reveal` has shown stays
as it was shown: its rounds never open again, so two reveals of a case differ at most by a round
that was not there before."""

from __future__ import annotations

from dataclasses import dataclass

from boundaries.answers.judgments import PHASES
from boundaries.errors import ContentError, Refused

# In the order of a lecture; the host may leave out, go back, and skip.
STAGES = ("lobby", "first", "discuss", "discussed", "reveal", "informed", "over")


@dataclass(frozen=True)
class Progress:
    """What happened to one case: the phases whose round was ever opened, and those that a reveal
    has shown."""

    opened: frozenset[str] = frozenset()
    revealed: frozenset[str] = frozenset()


def phase_of(stage: str) -> str | None:
    """The phase whose round a stage opens, or None.

    >>> phase_of("discussed"), phase_of("discuss")
    ('discussed', None)
    """
    return stage if stage in PHASES else None


def check_move(case: str, stage: str, progress: Progress) -> None:
    """Whether the host may go to `stage` of a case. Raises Refused with a sentence, ContentError
    for no stage."""
    if stage not in STAGES:
        raise ContentError(f"{stage!r} is not a stage. Choose one of: {', '.join(STAGES)}.")
    opened, revealed = progress.opened, progress.revealed
    if stage in ("first", "discussed") and revealed:
        raise Refused(
            f"'{case}' was revealed: the class has seen the codes, so its round '{stage}' is final. "
            "You may open 'informed', or go on to the next case."
        )
    if stage == "discussed" and "first" not in opened:
        raise Refused(
            f"'{case}' was not judged alone yet. Open its round 'first' before 'discussed'."
        )
    if stage == "reveal" and "first" not in opened:
        raise Refused(f"Nobody has judged '{case}' yet. Open its round 'first' before the reveal.")
    if stage == "informed" and not revealed:
        raise Refused(
            f"'{case}' was not revealed yet. Show the codes first; 'informed' is judged after them."
        )
    if stage == "informed" and "informed" in revealed:
        raise Refused(
            f"The round 'informed' of '{case}' was revealed and is final. Go on to the next case."
        )


def moved(progress: Progress, stage: str) -> Progress:
    """What a case has behind it once the lecture is at `stage` of it.

    >>> sorted(moved(Progress(frozenset({"first"})), "reveal").revealed)
    ['first']
    """
    if stage == "reveal":
        return Progress(progress.opened, progress.opened)
    phase = phase_of(stage)
    if phase is None:
        return progress
    return Progress(progress.opened | {phase}, progress.revealed)
