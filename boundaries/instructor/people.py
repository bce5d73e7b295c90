"""Who handed in which file: what the names of all files say together.

Four platforms name the student in each file's or folder's own name. Anywhere else (nbgrader, a
hub's homes, Teams, Sakai, ILIAS, Gradescope, a lecturer's own folders) one of the folders on the
way is the student's, and only the whole tree shows which: the one whose names go with the
participants that were found below it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from boundaries.instructor.layouts import Origin, Parts, file_name_of, matches, printable
from boundaries.instructor.rosters import NOBODY, NUMBER, Match, Roster
from boundaries.instructor.texts import IDENTIFIERS, plain

_OWN_NAME = -1  # the level of a file's own name, which counts only where the roster knows it


@dataclass(frozen=True)
class Submitter:
    """Somebody who handed in, as far as names tell. Within one `space` two keys are two people."""

    space: str
    key: str
    layout: str = field(compare=False)
    group: str = field(compare=False)
    names: tuple[str, ...] = field(compare=False)
    identifiers: tuple[str, ...] = field(compare=False)

    @property
    def shown(self) -> str:
        """What a summary calls them."""
        return printable((*self.names, *self.identifiers)[0])

    def surely_not(self, other: Submitter) -> bool:
        """Whether these are two people; False also where nobody can know."""
        if self.space == other.space:
            return self.key != other.key
        return self.group == other.group and self.layout != other.layout

    def match(self, roster: Roster) -> Match:
        """Whom of a roster this student's identifier means, else the names."""
        match = NOBODY
        if self.layout == "canvas":
            match = roster.by_identifier(self.identifiers, ("ID", "SIS User ID", "SIS Login ID"))
        elif self.layout == "moodle":
            match = roster.by_identifier(self.identifiers, (NUMBER,))
        elif self.layout == "blackboard":
            match = roster.by_end(self.identifiers[0])
        elif self.layout == "tree" or len(self.identifiers) > 1:
            match = roster.by_identifier(self.identifiers, IDENTIFIERS)
        if match.people:
            return match
        return roster.by_name(self.names, family_first=self.layout == "canvas")


class People:
    """Tells whose a file is, once all files have been seen."""

    def __init__(
        self, files: Sequence[tuple[Origin, Hashable | None]], roster: Roster | None = None
    ) -> None:
        """`files` are all files, those that hold a submission with its participant."""
        self._users = _blackboard_users(origin for origin, _ in files)
        self._ambiguous = _names_of_several(origin for origin, _ in files)
        trees: defaultdict[str, list[tuple[Origin, Hashable]]] = defaultdict(list)
        for origin, participant in files:
            if participant and not origin.who and not file_name_of(origin.parts):
                trees[origin.tree].append((origin, participant))
        self._levels: dict[str, int] = {}
        self.sentences: list[str] = []
        for tree, members in sorted(trees.items()):
            level = _telling_level(members, roster)
            if level is not None:
                self._levels[tree] = level
                self.sentences.append(_which_level(members, level))

    def of(self, origin: Origin) -> Submitter | None:
        """Who handed a file in; None where no name tells."""
        if not origin.parts:
            return None  # a path that was given and does not exist
        if origin.who:
            return self._on_platform(origin)
        name = file_name_of(origin.parts)
        if name:
            return _in_tree(origin, len(origin.parts) - 1, name)
        level = self._levels.get(origin.tree)
        name = _name_at(origin.parts, level)
        return _in_tree(origin, level, name) if level is not None and name else None

    def _on_platform(self, origin: Origin) -> Submitter:
        space, key = origin.layout, origin.who
        names, identifiers = origin.names, tuple(filter(None, (origin.number, origin.who)))
        if origin.layout == "blackboard":
            key = self._users[origin.group, origin.who]
            names = (key,)
        elif origin.layout in ("moodle", "brightspace"):
            # Their identifiers are the assignment's own: from one to another only names lead.
            if origin.name and (origin.layout, _key(origin.name)) not in self._ambiguous:
                key = _key(origin.name)
            else:
                space = f"{origin.layout} {origin.group}"
        return Submitter(space, key, origin.layout, origin.group, names, identifiers)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _name_at(parts: Parts, level: int | None) -> str:
    """The folder or archive at a level; empty where there is none."""
    if level == _OWN_NAME:
        return re.sub(r"(\.\w{1,10})+$", "", parts[-1]).strip()
    if level is None or level >= len(parts) - 1:
        return ""
    name = parts[level]
    if name.lower().endswith(".zip"):
        return file_name_of((name,)) or name[: -len(".zip")].strip()
    return name.strip()


def _in_tree(origin: Origin, level: int, name: str) -> Submitter:
    group = "/".join((origin.tree, *origin.parts[:level]))  # of a file's own name, its folder
    if matches(name, "generated"):
        return Submitter(f"tree {group}", name, "tree", group, (), (name,))
    names: tuple[str, ...] = (name, *replace(origin, level=level, name="").names)
    identifiers: tuple[str, ...] = (name, name.removeprefix("jupyter-"))
    sakai, ilias = matches(name, "sakai"), matches(name, "ilias")
    if sakai:
        identifiers, names = (sakai["who"],), (sakai["name"], name)
    elif ilias:
        identifiers, names = (ilias["who"],), (f"{ilias['first']} {ilias['last']}", name)
    return Submitter("tree", _key(name), "tree", group, names, identifiers)


def _telling_level(files: Sequence[tuple[Origin, Hashable]], roster: Roster | None) -> int | None:
    """The level of a tree at which each name goes with one participant, and each participant with
    one name."""
    deepest = max(len(origin.parts) for origin, _ in files) - 1
    # Where the roster knows most of a level's names, that is the one.
    if roster:
        levels: list[int] = [*range(deepest), _OWN_NAME]
        for level in levels:
            if _known({_name_at(origin.parts, level) for origin, _ in files} - {""}, roster):
                return level
    # Copies, and answers begun anew, are a few mistakes; at another level (weeks, versions,
    # attachments) there are many. Of equals the outermost is the student's.
    best: int | None = None
    fewest = 0
    for level in range(deepest):
        mistakes = _mistakes(files, level)
        if mistakes is not None and (best is None or mistakes < fewest):
            best, fewest = level, mistakes
    return best


def _mistakes(files: Sequence[tuple[Origin, Hashable]], level: int) -> int | None:
    """How often a level's names do not go with the participants; None where they are not people's
    names at all."""
    participants: defaultdict[str, set[Hashable]] = defaultdict(set)
    names: defaultdict[Hashable, set[str]] = defaultdict(set)
    mistakes = 0
    for origin, participant in files:
        name = _name_at(origin.parts, level)
        if name:
            participants[name].add(participant)
            names[participant].add(name)
        else:
            mistakes += 1
    alone = sum(len(several) == 1 for several in participants.values())
    if len(participants) < 2 or 2 * alone < len(participants):
        return None
    # "week 1" and "week 2" may each hold one student's file, and are nobody.
    if all(_is_work(name) for name in participants):
        return None
    mistakes += sum(map(len, participants.values())) - len(participants)
    mistakes += sum(map(len, names.values())) - len(names)
    return mistakes


def _is_work(name: str) -> bool:
    return bool(matches(plain(name), "work")) and not matches(name, "generated")


def _known(names: Collection[str], roster: Roster) -> bool:
    """Whether a roster knows most of these names."""
    matches = [_in_tree(Origin(parts=(name,)), 0, name).match(roster) for name in names]
    return 2 * sum(len(match.people) == 1 for match in matches) > len(matches)


def _which_level(files: Sequence[tuple[Origin, Hashable]], level: int) -> str:
    names = sorted({_name_at(origin.parts, level) for origin, _ in files} - {""})
    some = ", ".join(map(printable, names[:3])) + (", …" if len(names) > 3 else "")
    what = "files" if level == _OWN_NAME else "folders"
    return f"students told apart by the names of {what}: {some}"


def _blackboard_users(origins: Iterable[Origin]) -> dict[tuple[str, str], str]:
    """The user in each "HW_1_ann", by archive and joined name."""
    # Nothing tells where the work's name ends, but all of one archive begin with it.
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for origin in origins:
        if origin.layout == "blackboard":
            groups[origin.group].add(origin.who)
    users = {}
    for group, joined in groups.items():
        pieces = [who.split("_") for who in sorted(joined)]
        shared = min(map(len, pieces)) - 1
        if len(pieces) > 1:
            while len({tuple(piece[:shared]) for piece in pieces}) > 1:
                shared -= 1
        for piece in pieces:
            users[group, "_".join(piece)] = "_".join(piece[shared:])
    return users


def _names_of_several(origins: Iterable[Origin]) -> set[tuple[str, str]]:
    """Names that two students of one assignment have, by layout: they tell nobody apart."""
    identifiers: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for origin in origins:
        if origin.name:
            identifiers[origin.layout, origin.group, _key(origin.name)].add(origin.who)
    shared = set()
    for (layout, _, name), several in identifiers.items():
        if len(several) > 1:
            shared.add((layout, name))
    return shared
