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
from dataclasses import dataclass, replace
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
    search = _Search(limits or FileLimits(), due, _tree_around(tops), endings)
    for top in tops:
        yield from search.path(top)


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
    """Where the search is: the names on the way, their undecoded bytes, and how many archives are
    around it."""

    parts: Parts
    raw: tuple[bytes | None, ...]
    depth: int = 0
    archive: str = ""  # the outermost of the archives inside the one that was given

    def inside(self, names: Parts, raw: tuple[bytes | None, ...]) -> _Here:
        if len(raw) != len(names):
            raw = (None,) * len(names)
        return replace(self, parts=(*self.parts, *names), raw=(*self.raw, *raw))


class _Search:
    def __init__(
        self,
        limits: FileLimits,
        due: datetime | None,
        tree: Path | None,
        endings: Collection[str],
    ) -> None:
        self.limits, self.due, self.tree, self.endings = limits, due, tree, endings
        self.purses: dict[tuple[str, ...], _Purse] = {}

    def path(self, top: Path) -> Iterator[HandedFile]:
        self.top = top
        names: Parts = (top.name,)
        if self.tree is not None:
            names = top.absolute().relative_to(self.tree).parts
        self.given = len(names) - 1
        here = _Here(names, (None,) * len(names))
        if top.is_dir():
            yield from self._folder(top, here)
        elif top.is_file():
            yield from self._file(top, here)
        else:
            sentence = "there is no such file or folder. Check the path."
            if top.exists():
                sentence = (
                    "it is not an ordinary file. Copy its contents to a file, and collect that."
                )
            yield HandedFile(printable(str(top)), trouble=sentence, unread=True)

    # -- folders ----------------------------------------------------------------------------------

    def _folder(self, top: Path, at_top: _Here) -> Iterator[HandedFile]:
        waiting = [(top, at_top)]
        while waiting:
            folder, here = waiting.pop()
            try:
                with os.scandir(folder) as listed:
                    inside = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                yield self._trouble(here, f"the folder cannot be read ({error.strerror}).")
                continue
            for entry in inside:
                if unpacking.is_junk(entry.name):
                    continue
                raw = raw_name(entry.name)
                name = decoded(raw) if raw else entry.name
                below = here.inside((name,), (raw,))
                if entry.is_symlink():
                    link = "it is a link, and links are not followed. Collect what it points to."
                    yield self._trouble(below, link)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), below))
                elif entry.is_file(follow_symlinks=False):
                    yield from self._file(Path(entry.path), below)
                else:
                    yield self._trouble(below, "it is not an ordinary file.")

    def _file(self, path: Path, here: _Here) -> Iterator[HandedFile]:
        try:
            stream = path.open("rb")
        except OSError as error:
            yield self._trouble(here, f"the file cannot be read ({error.strerror}).")
            return
        with stream:
            yield from self._opened(stream, here)

    # -- archives ---------------------------------------------------------------------------------

    def _archive(self, stream: IO[bytes], here: _Here) -> Iterator[HandedFile]:
        purse = self._purse(here)
        most, left, directory = self.limits.listed, self.limits.listed, _DIRECTORY
        if here.archive or self._origin(here).who:
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
                for file in self._member(archive, member, page, here):
                    empty = False
                    yield file
            if empty:
                yield self._file_at(here)

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, page: str, archive_here: _Here
    ) -> Iterator[HandedFile]:
        path, raw = unpacking.member_name(member, page)
        inside = tuple(part for part in path.split("/") if part not in ("", "."))
        here = archive_here.inside(inside, raw)
        if path.startswith("/") or ".." in inside or re.match(r"[A-Za-z]:", path):
            yield self._trouble(here, "its name points outside the archive. It was not read.")
            return
        if path.endswith("/") or not inside or any(map(unpacking.is_junk, inside)):
            return
        refusal = unpacking.refused_member(member)
        if refusal:
            yield self._trouble(here, refusal)
            return
        try:
            stream = archive.open(member)
        except unpacking.BROKEN:
            yield self._trouble(here, NotTaken.DAMAGED)
            return
        with stream:
            yield from self._opened(stream, here)

    # -- files of either --------------------------------------------------------------------------

    def _opened(self, stream: IO[bytes], here: _Here) -> Iterator[HandedFile]:
        try:
            yield from self._contents(stream, here)
        except NotTaken as reason:
            yield self._trouble(here, str(reason), unread=reason.unread)

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
        if unpacking.is_in_the_cloud(here.parts[-1]):
            raise NotTaken("it is in the cloud, not on this computer. Download it there first.")
        ending = os.path.splitext(here.parts[-1].lower())[1]
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
        if zip_by_name or unpacking.is_archive(head, ending):
            yield from self._nested(head, stream, here, purse)
        elif ending in (self.endings or (".json",)):
            yield self._candidate(head, stream, here, purse)
        elif like_json and not self.endings:
            yield self._candidate(head, stream, here, purse, if_it_claims=True)
        else:
            yield self._file_at(here)

    def _candidate(
        self,
        head: bytes,
        stream: IO[bytes],
        here: _Here,
        purse: _Purse,
        *,
        if_it_claims: bool = False,
    ) -> HandedFile:
        data = head + unpacking.at_most(stream, self.limits.file + 1 - len(head))
        purse.bytes -= len(data) - len(head)
        if if_it_claims and not claims_to_be_a_submission(data):
            return self._file_at(here)
        if len(data) > self.limits.file:
            too_long = f"it has more than {self.limits.file:,} bytes, which no submission has."
            if self.endings:
                too_long = f"it has more than {self.limits.file:,} bytes. Give a smaller file."
            raise NotTaken(too_long, unread=bool(self.endings))
        return replace(self._file_at(here), data=data)

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
        data = head + unpacking.at_most(stream, self.limits.archive + 1 - len(head))
        purse.bytes -= len(data) - len(head)
        if len(data) > self.limits.archive:
            raise NotTaken(f"it has more than {self.limits.archive:,} bytes. Unpack it first.")
        inner = replace(inner, archive=here.archive or self._place(here))
        yield from self._archive(io.BytesIO(data), inner)

    def _purse(self, here: _Here) -> _Purse:
        """The purse of the student whom the platform names, else of the archive that is inside another."""
        # Loose files of a folder or of an archive that was given cost at most one file each, so
        # they need none.
        named = self._origin(here)
        new = _Purse(self.limits.student, self.limits.entries)
        if named.who:
            return self.purses.setdefault((named.layout, named.group, named.who), new)
        return self.purses.setdefault((here.archive,), new) if here.archive else new

    def _place(self, here: _Here) -> str:
        return "/".join(map(printable, (str(self.top), *here.parts[self.given + 1 :])))

    def _origin(self, here: _Here) -> Origin:
        tree = self.top.parent if self.tree is None else self.tree
        return origin(str(tree), here.parts, self.due, here.raw, self.given)

    def _trouble(self, here: _Here, sentence: str, *, unread: bool = True) -> HandedFile:
        return replace(self._file_at(here), trouble=sentence, unread=unread)

    def _file_at(self, here: _Here) -> HandedFile:
        return HandedFile(self._place(here), self._origin(here))
