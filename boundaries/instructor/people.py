"""Who handed in which file: what the names of all files say together.

Some platforms name the student in each file's or folder's own name. Anywhere else (nbgrader, a
hub's homes, Teams, Sakai, ILIAS, Gradescope, Google, a lecturer's own folders) one of the folders
on the way is the student's, or a piece of the file's name is. Only the whole tree shows which: the
one whose names go with the participants that were found below it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from boundaries.instructor.layouts import Origin, Parts, file_name_of, matches, printable
from boundaries.instructor.rosters import NOBODY, NUMBER, Match, Roster
from boundaries.instructor.texts import IDENTIFIERS, plain, words

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
        elif self.layout in ("tree", "nbgrader") or len(self.identifiers) > 1:
            match = roster.by_identifier(self.identifiers, IDENTIFIERS)
        if not match.people:
            match = roster.by_name(self.names, family_first=self.layout == "canvas")
        if not match.people and self.layout == "tree":
            match = roster.by_piece(self.identifiers[0])
        return match


class Submitters:
    """Tells whose a file is, once all files have been seen."""

    def __init__(
        self, files: Sequence[tuple[Origin, Hashable | None]], roster: Roster | None = None
    ) -> None:
        """`files` are all files, those that hold a submission with its participant."""
        self._users = _blackboard_users(origin for origin, _ in files)
        self._ambiguous = _names_of_several(origin for origin, _ in files)
        trees: defaultdict[str, list[tuple[Origin, Hashable]]] = defaultdict(list)
        for origin, participant in files:
            if participant and not origin.who:
                trees[origin.tree].append((origin, participant))
        self._levels: dict[str, int | None] = {}
        self._google: dict[str, set[Parts]] = {}
        self.sentences: list[str] = []
        for tree, members in sorted(trees.items()):
            self._google[tree] = _google_folders([origin for origin, _ in members])
            others = [member for member in members if not self._name_in_file(member[0])]
            level = _telling_level(others, roster) if others else None
            self._levels[tree] = level
            if level is not None:
                self.sentences.append(_which_level(others, level))

    def of(self, origin: Origin) -> Submitter | None:
        """Who handed a file in; None where no name tells."""
        if not origin.parts:
            return None  # a path that was given and does not exist
        if origin.who:
            return self._on_platform(origin)
        name = self._name_in_file(origin)
        if name:
            return _in_tree(origin, len(origin.parts) - 1, name)
        level = self._levels.get(origin.tree)
        name = _name_at(origin.parts, level)
        return _in_tree(origin, level, name) if level is not None and name else None

    def _name_in_file(self, origin: Origin) -> str:
        """The name that Google put into a file's own; empty where the folder is not Google's."""
        folders = self._google.get(origin.tree)
        if folders is not None and origin.parts[:-1] not in folders:
            return ""
        return _in_file_name(origin)

    def _on_platform(self, origin: Origin) -> Submitter:
        space, key = origin.layout, _key(origin.who)
        names, identifiers = origin.names, tuple(filter(None, (origin.number, origin.who)))
        if origin.layout == "blackboard":
            names = (self._users[origin.group, origin.who],)
            key = _key(names[0])
        elif origin.layout in ("moodle", "brightspace"):
            # Their identifiers are the assignment's own: from one to another only names lead.
            if origin.name and (origin.layout, _words(origin.name)) not in self._ambiguous:
                key = _words(origin.name)
            else:
                space = f"{origin.layout} {origin.group}"
        return Submitter(space, key, origin.layout, origin.group, names, identifiers)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _words(name: str) -> str:
    """A name without what two exports write in two ways: blanks, accents, apostrophes."""
    return " ".join(words(name))


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
    # Where the roster knows most of a level's names, that is the one; of several, where it knows most.
    if roster:
        levels: list[int] = [*range(deepest), _OWN_NAME]
        known = [_known(files, level, roster) for level in levels]
        if max(known):
            return levels[known.index(max(known))]
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
    # Folders that lie side by side are so many people; one of another week may be somebody again.
    beside: defaultdict[tuple[Hashable, Parts], set[str]] = defaultdict(set)
    mistakes = 0
    for origin, participant in files:
        name = _name_at(origin.parts, level)
        if name:
            participants[name].add(participant)
            names[participant].add(name)
            beside[participant, origin.parts[:level]].add(name)
        else:
            mistakes += 1
    alone = sum(len(several) == 1 for several in participants.values())
    if len(participants) < 2 or 2 * alone < len(participants):
        return None
    # "hw1-ann" and "hw2-ann": there is no class in which most have copied.
    twice = sum(len(several) > 1 for several in beside.values())
    if twice > 1 and 2 * twice > len(names):
        return None
    # "week 1" and "week 2" may each hold one student's file, and are nobody.
    if all(_is_work(name) for name in participants):
        return None
    mistakes += sum(map(len, participants.values())) - len(participants)
    mistakes += sum(map(len, names.values())) - len(names)
    return mistakes


def _is_work(name: str) -> bool:
    return bool(matches(plain(name), "work")) and not matches(name, "generated")


def _known(files: Iterable[tuple[Origin, Hashable]], level: int, roster: Roster) -> int:
    """How many people of a roster have the names at a level; 0 where it does not know most of them."""
    students = set()
    for origin, _ in files:
        name = _name_at(origin.parts, level)
        if name:
            students.add(_in_tree(origin, level, name))
    matches = [student.match(roster) for student in students]
    people = [min(match.people) for match in matches if len(match.people) == 1]
    return len(set(people)) if 2 * len(people) > len(matches) else 0


def _google_folders(origins: Sequence[Origin]) -> set[Parts]:
    """The folders of a tree in which Google named the students: the outermost of all, and any whose
    files all have a name, and not all the same one."""
    names: defaultdict[Parts, set[str]] = defaultdict(set)
    for origin in origins:
        names[origin.parts[:-1]].add(_in_file_name(origin))
    outermost = min(names, key=len)
    folders = set()
    if all(folder[: len(outermost)] == outermost for folder in names):
        folders.add(outermost)
    for folder, several in names.items():
        if len(several) > 1 and "" not in several:
            folders.add(folder)
    return folders


def _in_file_name(origin: Origin) -> str:
    """The student in a file's own name, as Google builds it; empty where there is none."""
    name = file_name_of(origin.parts)
    return "" if _is_work(name) else name


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
    users: dict[tuple[str, str], str] = {}
    # Of one student alone nothing is shared: a user of the larger archives, else the last piece.
    for group, joined in sorted(groups.items(), key=lambda item: -len(item[1])):
        pieces = [who.split("_") for who in sorted(joined)]
        shared = min(map(len, pieces)) - 1
        if len(pieces) > 1:
            while len({tuple(piece[:shared]) for piece in pieces}) > 1:
                shared -= 1
        for piece in pieces:
            who = "_".join(piece)
            user = "_".join(piece[shared:])
            if len(pieces) == 1:
                known = [name for name in users.values() if who.endswith(f"_{name}")]
                user = max(known, key=len, default=user)
            users[group, who] = user
    return users


def _names_of_several(origins: Iterable[Origin]) -> set[tuple[str, str]]:
    """Names that two students of one assignment have, by layout: they tell nobody apart."""
    identifiers: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for origin in origins:
        if origin.name:
            identifiers[origin.layout, origin.group, _words(origin.name)].add(origin.who)
    shared = set()
    for (layout, _, name), several in identifiers.items():
        if len(several) > 1:
            shared.add((layout, name))
    return shared
