"""What learning platforms make of handed-in files: folders, archives and names, read as one stream
of files.

Nothing is ever unpacked to disk, and no size that a file claims is believed: every limit is held
against the bytes that were really read. A limit is one file's or one student's, never the class's:
what one student hands in cannot keep another's from being read. Whatever cannot be read becomes
one sentence, and reading goes on with the next file.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from boundaries.instructor import unpacking
from boundaries.instructor.handins import HandedFile, claims_to_be_a_submission
from boundaries.instructor.layouts import Origin, Parts, origin, printable
from boundaries.instructor.texts import CONVENTIONS, decoded, raw_name
from boundaries.instructor.unpacking import Capped, NotTaken


@dataclass(frozen=True)
class FileLimits:
    """How much is read, in bytes and numbers. One file at a time is in memory, and the archives around it."""

    file: int = 2_000_000  # one submission
    archive: int = 32_000_000  # one archive inside another, which is held in memory
    student: int = 200_000_000  # all that one student handed in, unpacked
    entries: int = 20_000  # files in the archives of one student
    listed: int = 100_000  # files in an archive that was given: a class
    depth: int = 3  # archives inside one another


_HEAD = 4_096  # bytes that tell the kind of a file
# Bytes of an archive's list of contents, of one that was given and of one inside: checked before it is read.
_DIRECTORY, _INNER_DIRECTORY = 16_000_000, 4_000_000


def handed_files(
    paths: Iterable[Path | str],
    limits: FileLimits | None = None,
    due: datetime | None = None,
    endings: Collection[str] = (),
) -> Iterator[HandedFile]:
    """All that is in these files, folders and archives, in a fixed order.

    What may be a submission comes with its data; where `endings` are given, files with one of them do.
    `due` tells what is late where the platform names only a time (Blackboard, Brightspace), in the
    platform's own time zone.
    """
    tops = [Path(path) for path in paths]
    tree = _tree_around(tops)
    search = _Search(limits or FileLimits(), due, endings)
    for top in tops:
        yield from search.path(top, tree)


def _tree_around(tops: Sequence[Path]) -> Path | None:
    """The folder in which all of the given paths lie: of `submitted/*/ps1` it is `submitted`."""
    parents = [str(top.absolute().parent) for top in tops]
    try:
        return Path(os.path.commonpath(parents))
    except ValueError:  # on several drives, or no path at all
        return None


@dataclass
class _Purse:
    """What one student's files may still cost."""

    bytes: int
    entries: int
    empty: bool = False


@dataclass(frozen=True)
class _Here:
    """Where the search is: `place` in words, `origin` as names tell, and how many archives are around it.

    `given` is the place, among the parts of the origin, of the path that was given.
    """

    place: str
    origin: Origin
    given: int
    depth: int = 0
    archive: str = ""  # the outermost of the archives inside the one that was given

    def file(self, trouble: str = "", *, unread: bool = False) -> HandedFile:
        return HandedFile(self.place, self.origin, trouble=trouble, unread=unread)


@dataclass
class _Search:
    limits: FileLimits
    due: datetime | None
    endings: Collection[str]
    purses: dict[tuple[str, ...], _Purse] = field(default_factory=dict)

    def path(self, top: Path, tree: Path | None) -> Iterator[HandedFile]:
        names: Parts = (top.name,)
        if tree is not None:
            names = top.absolute().relative_to(tree).parts
        given = len(names) - 1
        nowhere = Origin(str(tree or top.parent))
        here = replace(self._inside(_Here("", nowhere, given), names), place=printable(str(top)))
        if top.is_dir():
            yield from self._folder(top, here)
        elif top.is_file():
            yield from self._taken(self._file(top, here), here)
        else:
            sentence = "there is no such file or folder. Check the path."
            if top.exists():
                sentence = (
                    "it is not an ordinary file. Copy its contents to a file, and collect that."
                )
            yield HandedFile(here.place, trouble=sentence, unread=True)

    def _inside(self, here: _Here, names: Parts, raw: tuple[bytes | None, ...] = ()) -> _Here:
        """What lies below, by its names and those of their bytes whose encoding is not known."""
        if len(raw) != len(names):
            raw = (None,) * len(names)
        place = "/".join((here.place, *map(printable, names)))
        tree, parts, raw_parts = here.origin.tree, here.origin.parts, here.origin.raw
        below = origin(tree, (*parts, *names), self.due, (*raw_parts, *raw), here.given)
        return replace(here, place=place, origin=below)

    def _taken(self, files: Iterator[HandedFile], here: _Here) -> Iterator[HandedFile]:
        """These files, or why they are not taken."""
        try:
            yield from files
        except NotTaken as reason:
            yield here.file(str(reason), unread=reason.unread)

    # -- folders ----------------------------------------------------------------------------------

    def _folder(self, top: Path, at_top: _Here) -> Iterator[HandedFile]:
        waiting = [(top, at_top)]
        while waiting:
            folder, here = waiting.pop()
            try:
                with os.scandir(folder) as listed:
                    inside = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                yield here.file(f"the folder cannot be read ({error.strerror}).", unread=True)
                continue
            for entry in inside:
                if unpacking.is_junk(entry.name):
                    continue
                raw = raw_name(entry.name)
                name = decoded(raw) if raw else entry.name
                below = self._inside(here, (name,), (raw,))
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), below))
                else:
                    yield from self._taken(self._entry(entry, below), below)

    def _entry(self, entry: os.DirEntry[str], here: _Here) -> Iterator[HandedFile]:
        if entry.is_symlink():
            raise NotTaken("it is a link, and links are not followed. Collect what it points to.")
        if not entry.is_file(follow_symlinks=False):
            raise NotTaken("it is not an ordinary file.")
        yield from self._file(Path(entry.path), here)

    def _file(self, path: Path, here: _Here) -> Iterator[HandedFile]:
        try:
            stream = path.open("rb")
        except OSError as error:
            raise NotTaken(f"the file cannot be read ({error.strerror}).") from None
        with stream:
            yield from self._contents(stream, here)

    # -- archives ---------------------------------------------------------------------------------

    def _archive(self, stream: IO[bytes], here: _Here) -> Iterator[HandedFile]:
        purse = self._purse(here)
        most, left, directory = self.limits.listed, self.limits.listed, _DIRECTORY
        if here.archive or here.origin.who:
            most, left, directory = self.limits.entries, purse.entries, _INNER_DIRECTORY
        too_many = (
            f"with it there are more than {most:,} files. Unpack it, and collect a part at a time."
        )
        try:
            archive = zipfile.ZipFile(cast(IO[bytes], Capped(stream, directory, too_many)))
        except unpacking.BROKEN:
            raise NotTaken(
                "it is not a whole zip archive: damaged, cut off or of another kind. Get it again."
            ) from None
        if len(archive.filelist) > left:
            raise NotTaken(too_many)
        purse.entries -= len(archive.filelist)
        with archive:
            page = unpacking.name_encoding(archive)
            empty = True
            for member in archive.filelist:
                path, raw = unpacking.member_name(member, page)
                names = tuple(part for part in path.split("/") if part not in ("", "."))
                below = self._inside(here, names, raw)
                for file in self._taken(self._member(archive, member, path, below), below):
                    empty = False
                    yield file
            if empty:
                yield here.file()

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, here: _Here
    ) -> Iterator[HandedFile]:
        names = [part for part in path.split("/") if part not in ("", ".")]
        if path.startswith("/") or ".." in names or re.match(r"[A-Za-z]:", path):
            raise NotTaken("its name points outside the archive. It was not read.")
        if path.endswith("/") or not names or any(map(unpacking.is_junk, names)):
            return
        with unpacking.open_member(archive, member) as stream:
            yield from self._contents(stream, here)

    # -- files of either --------------------------------------------------------------------------

    def _contents(self, stream: IO[bytes], here: _Here) -> Iterator[HandedFile]:
        """What a file holds: its first bytes tell the kind, for its ending is whatever a browser made of it."""
        purse = self._purse(here)
        if purse.empty:
            return
        if purse.bytes < 0:
            purse.empty = True
            raise NotTaken(
                f"with it there are more than {self.limits.student:,} bytes from one student. "
                "It and what follows of theirs was not read. Ask for the submission file alone."
            )
        name = here.origin.parts[-1]
        if unpacking.is_in_the_cloud(name):
            raise NotTaken("it is in the cloud, not on this computer. Download it there first.")
        ending = os.path.splitext(name.lower())[1]
        head = unpacking.at_most(stream, _HEAD)
        purse.bytes -= len(head)
        # What lies in a student's own archive goes by its ending: statisticians' files are gzipped, too.
        closed_by_content = not here.archive and unpacking.is_closed(head)
        if ending in CONVENTIONS["closed"] or closed_by_content:
            raise NotTaken(
                "this kind of archive is not read here. Unpack it, and collect the folder."
            )
        like_json = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        zip_by_name = ending == ".zip" and not claims_to_be_a_submission(head)
        by_ending = ending in (self.endings or (".json",))
        if zip_by_name or unpacking.is_archive(head, ending):
            yield from self._nested(head, stream, here, purse)
        elif by_ending or (like_json and not self.endings):
            yield self._candidate(head, stream, here, purse, by_ending=by_ending)
        else:
            yield here.file()

    def _candidate(
        self, head: bytes, stream: IO[bytes], here: _Here, purse: _Purse, *, by_ending: bool
    ) -> HandedFile:
        data = _whole(head, stream, self.limits.file, purse)
        if not by_ending and not claims_to_be_a_submission(data):
            return here.file()
        if len(data) > self.limits.file:
            too_long = f"it has more than {self.limits.file:,} bytes, which no submission has."
            if self.endings:
                too_long = f"it has more than {self.limits.file:,} bytes. Give a smaller file."
            raise NotTaken(too_long, unread=bool(self.endings))
        return replace(here.file(), data=data)

    def _nested(
        self, head: bytes, stream: IO[bytes], here: _Here, purse: _Purse
    ) -> Iterator[HandedFile]:
        inner = replace(here, depth=here.depth + 1)
        if here.depth == 0:  # a file on disk, which is not held in memory
            stream.seek(0)
            yield from self._archive(stream, inner)
            return
        if here.depth >= self.limits.depth:
            deep = f"archives are nested more than {self.limits.depth} deep. Unpack them first."
            raise NotTaken(deep)
        data = _whole(head, stream, self.limits.archive, purse)
        if len(data) > self.limits.archive:
            raise NotTaken(f"it has more than {self.limits.archive:,} bytes. Unpack it first.")
        inner = replace(inner, archive=here.archive or here.place)
        yield from self._archive(io.BytesIO(data), inner)

    def _purse(self, here: _Here) -> _Purse:
        """The purse of the student whom the platform names, else of the archive that is inside another."""
        # Loose files of a folder or of an archive that was given cost at most one file each, so
        # they need none.
        new = _Purse(self.limits.student, self.limits.entries)
        student = here.origin
        if student.who:
            return self.purses.setdefault((student.layout, student.group, student.who), new)
        return self.purses.setdefault((here.archive,), new) if here.archive else new


def _whole(head: bytes, stream: IO[bytes], most: int, purse: _Purse) -> bytes:
    """All bytes of a file that begins with `head`, or one more than it may have."""
    rest = unpacking.at_most(stream, most + 1 - len(head))
    purse.bytes -= len(rest)
    return head + rest
