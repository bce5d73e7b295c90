"""Who takes part in a hall: everybody is counted once, and there is room for so many."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from boundaries.answers.judgments import level_of, participant_of
from boundaries.content import Content
from boundaries.content.base32 import join_code
from boundaries.errors import CodeError, NotFound, Refused
from boundaries.lectures.rounds import records
from boundaries.lectures.rounds.records import JOINED, Person
from boundaries.lectures.rounds.standing import UNKNOWN, Hall, find

# By case with a dial: the level that is a participant's own.
Levels = dict[str, str]


_JOINED = sa.select(sa.func.count()).where(JOINED.c.code == sa.bindparam("code"))


def token_fits(token: object) -> bool:
    """Whether this is a token: 32 hex digits."""
    return isinstance(token, str) and re.fullmatch("[0-9a-f]{32}", token) is not None


class Newcomers:
    """Who of a batch has not joined before, and whether there is room for them.

    Nobody is written before `write`: one who asks twice in a batch, or whose judgment is refused,
    is no newcomer. `places` are those of the halls, by code."""

    def __init__(
        self, connection: sa.Connection, people: Collection[Person], places: Mapping[str, int]
    ) -> None:
        self._connection = connection
        self._new = set(people) - records.members(connection, people)
        self._came: set[Person] = set()
        self._room: dict[str, int] = {}
        for code in {code for code, _ in self._new}:
            joined: int = connection.execute(_JOINED, {"code": code}).scalar_one()
            self._room[code] = places[code] - joined

    def fits(self, person: Person) -> bool:
        """Whether this participant is in, or comes in now."""
        if person not in self._new or person in self._came:
            return True
        code, _ = person
        if self._room[code] <= 0:
            return False
        self._room[code] -= 1
        self._came.add(person)
        return True

    def write(self) -> None:
        """Counts those who came in."""
        records.add_members(self._connection, self._came)


def join_all(
    connection: sa.Connection, wanted: Sequence[tuple[str, str]], content: Content
) -> list[Levels | Exception]:
    """For each (code, token), in order: the levels, or why this one does not join."""
    halls = {code: find(connection, code) for code in {join_code(code) for code, _ in wanted}}
    people: dict[tuple[str, str], Person] = {}
    for code, token in wanted:
        hall = halls[join_code(code)]
        if hall is not None and token_fits(token):
            people[code, token] = (hall.code, participant_of(hall.session, token))
    places = {code: hall.places for code, hall in halls.items() if hall is not None}
    newcomers = Newcomers(connection, people.values(), places)
    results: list[Levels | Exception] = []
    for code, token in wanted:
        hall, person = halls[join_code(code)], people.get((code, token))
        if hall is None:
            results.append(NotFound(UNKNOWN))
        elif person is None:
            bad_token = "The token is not one: it is 32 hex digits. Reload the page."  # noqa: S105
            results.append(CodeError(bad_token))
        elif not newcomers.fits(person):
            results.append(Refused(hall.full))
        else:
            results.append(_levels(hall, person, content))
    newcomers.write()
    return results


def _levels(hall: Hall, person: Person, content: Content) -> Levels:
    _, participant = person
    levels = {}
    for id in hall.vignettes:
        item = content.all_vignettes.get(id)
        if item is not None and item.dial:
            levels[id] = level_of(participant, item)
    return levels
