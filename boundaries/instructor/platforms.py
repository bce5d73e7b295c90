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
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from boundaries.answers.submissions import FORMAT
from boundaries.instructor.encodings import decoded, raw_name
from boundaries.instructor.finds import Found, Handed, Other, Trouble
from boundaries.instructor.layouts import Origin, Parts, origin, shown
from boundaries.instructor.unpacking import (
    BROKEN,
    Capped,
    TooLarge,
    at_most,
    code_page,
    is_archive,
    is_junk,
    member_name,
)


@dataclass(frozen=True)
class Limits:
    """How much is read, in bytes and numbers. One file at a time is in memory, and the archives around it."""

    file: int = 2_000_000  # one submission
    archive: int = 32_000_000  # one archive inside another, which is held in memory
    student: int = 200_000_000  # all that one student handed in, unpacked
    entries: int = 20_000  # files in the archives of one student
    listed: int = 100_000  # files in an archive that was given: a class
    depth: int = 3  # archives inside one another


_CLAIM = re.compile(rb'"format"\s*:\s*"%s"' % FORMAT.encode())
_HEAD = 4_096  # bytes that tell the kind of a file
# Bytes of an archive's list of contents, of one that was given and of one inside: checked before it is read.
_DIRECTORY, _INNER_DIRECTORY = 16_000_000, 4_000_000
_CLOSED = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zipx")


def claims_to_be_a_submission(data: bytes) -> bool:
    """Whether a file says that it is a submission of this course, whole or damaged."""
    return _CLAIM.search(data) is not None


def found(
    paths: Iterable[Path | str], limits: Limits | None = None, due: datetime | None = None
) -> Iterator[Found]:
    """All that is in these files, folders and archives, in a fixed order.

    `due` tells what is late where the platform names only a time (Blackboard, Brightspace), in the
    platform's own time zone.
    """
    tops = [Path(path) for path in paths]
    search = _Search(limits or Limits(), due, _tree_around(tops))
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
    raw: tuple[bytes | None, ...] = ()
    depth: int = 0
    archive: str = ""  # the outermost of the archives inside the one that was given

    def inside(self, names: Parts, raw: tuple[bytes | None, ...] | None = None) -> _Here:
        raw = raw or (None,) * len(names)
        return _Here((*self.parts, *names), (*self.raw, *raw), self.depth, self.archive)


class _Search:
    def __init__(self, limits: Limits, due: datetime | None, tree: Path | None) -> None:
        self.limits, self.due, self.tree = limits, due, tree
        self.purses: dict[tuple[str, ...], _Purse] = {}

    def path(self, top: Path) -> Iterator[Found]:
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
        elif top.exists():
            yield Trouble(
                shown(str(top)),
                "it is not an ordinary file. Copy its contents to a file, and collect that.",
            )
        else:
            yield Trouble(shown(str(top)), "there is no such file or folder. Check the path.")

    # -- folders ----------------------------------------------------------------------------------

    def _folder(self, top: Path, at_top: _Here) -> Iterator[Found]:
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
                if is_junk(entry.name):
                    continue
                raw = raw_name(entry.name)
                name = decoded(raw) if raw else entry.name
                below = here.inside((name,), (raw,))
                if entry.is_symlink():
                    sentence = (
                        "it is a link, and links are not followed. Collect what it points to."
                    )
                    yield self._trouble(below, sentence)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), below))
                elif entry.is_file(follow_symlinks=False):
                    yield from self._file(Path(entry.path), below)
                else:
                    yield self._trouble(below, "it is not an ordinary file.")

    def _file(self, path: Path, here: _Here) -> Iterator[Found]:
        try:
            stream = path.open("rb")
        except OSError as error:
            yield self._trouble(here, f"the file cannot be read ({error.strerror}).")
            return
        with stream:
            yield from self._opened(stream, here)

    # -- archives ---------------------------------------------------------------------------------

    def _archive(self, stream: IO[bytes], here: _Here) -> Iterator[Found]:
        purse = self._purse(here)
        if here.archive or self._origin(here).who:
            most, left, directory = self.limits.entries, purse.entries, _INNER_DIRECTORY
        else:
            most = left = self.limits.listed
            directory = _DIRECTORY
        try:
            archive = zipfile.ZipFile(cast(IO[bytes], Capped(stream, directory)))
            if len(archive.filelist) > left:
                raise TooLarge
        except TooLarge:
            yield self._trouble(
                here,
                f"with it there are more than {most:,} files. Unpack it, and collect a part at a time.",
            )
            return
        except BROKEN:
            yield self._trouble(
                here,
                "it is not a whole zip archive: damaged, cut off or of another kind. Get it again.",
            )
            return
        purse.entries -= len(archive.filelist)
        with archive:
            page = code_page(archive)
            empty = True
            for member in archive.filelist:
                for thing in self._member(archive, member, page, here):
                    empty = False
                    yield thing
            if empty:
                yield self._other(here)

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, page: str, top: _Here
    ) -> Iterator[Found]:
        path, raw = member_name(member, page)
        inside = tuple(part for part in path.split("/") if part not in ("", "."))
        here = top.inside(inside, raw if len(raw) == len(inside) else None)
        if path.startswith("/") or ".." in inside or re.match(r"[A-Za-z]:", path):
            yield self._trouble(here, "its name points outside the archive. It was not read.")
        elif path.endswith("/") or not inside or any(map(is_junk, inside)):
            return
        elif stat.S_ISLNK(member.external_attr >> 16):
            yield self._trouble(here, "it is a link, not a file. It was not read.")
        elif member.flag_bits & 1:
            yield self._trouble(here, "it is locked with a password. Ask for it without one.")
        elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The standard library gives no bound on what a piece of bzip2 or LZMA grows to.
            yield self._trouble(
                here,
                "it is packed in a way that is not read here. Pack it as an ordinary zip archive.",
            )
        else:
            try:
                stream = archive.open(member)
            except BROKEN:
                yield self._damaged(here)
                return
            with stream:
                yield from self._opened(stream, here)

    # -- files of either --------------------------------------------------------------------------

    def _opened(self, stream: IO[bytes], here: _Here) -> Iterator[Found]:
        """What a file holds: its first bytes tell the kind, for its ending is whatever a browser made of it."""
        purse = self._purse(here)
        if purse.empty:
            return
        if purse.bytes < 0:
            purse.empty = True
            yield self._trouble(
                here,
                f"with it there are more than {self.limits.student:,} bytes from one student. "
                "It and what follows of theirs was not read. Ask for the submission file alone.",
            )
            return
        ending = os.path.splitext(here.parts[-1].lower())[1]
        if ending in _CLOSED:
            yield self._trouble(
                here, "this kind of archive is not read here. Unpack it, and collect the folder."
            )
            return
        try:
            head = at_most(stream, _HEAD)
        except BROKEN:
            yield self._damaged(here)
            return
        purse.bytes -= len(head)
        like_json = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        zip_by_name = ending == ".zip" and not claims_to_be_a_submission(head)
        if zip_by_name or is_archive(head, ending):
            yield from self._nested(head, stream, here, purse)
        elif like_json or ending == ".json":
            yield self._candidate(head, stream, here, purse)
        else:
            yield self._other(here)

    def _candidate(self, head: bytes, stream: IO[bytes], here: _Here, purse: _Purse) -> Found:
        named_json = here.parts[-1].lower().endswith(".json")
        try:
            data = head + at_most(stream, self.limits.file + 1 - len(head))
        except BROKEN:
            return self._damaged(here)
        purse.bytes -= len(data) - len(head)
        if not named_json and not claims_to_be_a_submission(data):
            return self._other(here)
        if len(data) > self.limits.file:
            sentence = f"it has more than {self.limits.file:,} bytes, which no submission has."
            return self._trouble(here, sentence, unread=False)
        return Handed(self._place(here), data, self._origin(here))

    def _nested(
        self, head: bytes, stream: IO[bytes], here: _Here, purse: _Purse
    ) -> Iterator[Found]:
        inner = _Here(here.parts, here.raw, here.depth + 1, here.archive)
        if here.depth == 0:  # a file on disk, which is not held in memory
            stream.seek(0)
            yield from self._archive(stream, inner)
            return
        if here.depth >= self.limits.depth:
            yield self._trouble(
                here, f"archives are nested more than {self.limits.depth} deep. Unpack them first."
            )
            return
        try:
            data = head + at_most(stream, self.limits.archive + 1 - len(head))
        except BROKEN:
            yield self._trouble(here, "it cannot be unpacked: damaged or cut off. Get it again.")
            return
        purse.bytes -= len(data) - len(head)
        if len(data) > self.limits.archive:
            yield self._trouble(
                here, f"it has more than {self.limits.archive:,} bytes. Unpack it first."
            )
            return
        inner = _Here(here.parts, here.raw, here.depth + 1, here.archive or self._place(here))
        yield from self._archive(io.BytesIO(data), inner)

    def _purse(self, here: _Here) -> _Purse:
        """The purse of the student whom the platform names, else of the archive that is inside another.

        Loose files of a folder or of an archive that was given cost at most one file each, so they
        need none.
        """
        named = self._origin(here)
        if named.who:
            key: tuple[str, ...] = (named.layout, named.group, named.who)
        elif here.archive:
            key = (here.archive,)
        else:
            return _Purse(self.limits.student, self.limits.entries)
        return self.purses.setdefault(key, _Purse(self.limits.student, self.limits.entries))

    def _place(self, here: _Here) -> str:
        return "/".join(map(shown, (str(self.top), *here.parts[self.given + 1 :])))

    def _origin(self, here: _Here) -> Origin:
        tree = self.top.parent if self.tree is None else self.tree
        return origin(str(tree), here.parts, self.due, here.raw, self.given)

    def _trouble(self, here: _Here, sentence: str, *, unread: bool = True) -> Trouble:
        return Trouble(self._place(here), sentence, self._origin(here), unread)

    def _damaged(self, here: _Here) -> Trouble:
        return self._trouble(here, "it cannot be read: damaged or cut off. Get it again.")

    def _other(self, here: _Here) -> Other:
        return Other(self._place(here), self._origin(here))
