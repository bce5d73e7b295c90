"""What learning platforms make of handed-in files: folders, archives and names, read as one stream of submissions.

Nothing is ever unpacked to disk, and no size that a file claims is believed: every limit is held against the bytes
that were really read. Whatever cannot be read becomes one sentence, and reading goes on with the next file.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, cast

from boundaries.instructor.layouts import Handed, Parts, named, shown


@dataclass(frozen=True)
class Limits:
    """How much is read, in bytes and numbers; in all it keeps a run below 300 MB of memory."""

    file: int = 2_000_000  # one submission
    total: int = (
        24_000_000  # all submissions of one run: some 1,000 students, in less than 300 MB of memory
    )
    archive: int = 32_000_000  # one archive inside another, which is held in memory
    archives: int = 1_000_000_000  # all of these
    entries: int = 20_000  # files in one archive or folder, with all that is inside
    depth: int = 3  # archives inside one another


@dataclass(frozen=True)
class Trouble:
    """Something that was not read, and why."""

    place: str
    sentence: str


@dataclass(frozen=True)
class Other:
    """A file of another kind, which nobody expects to be read."""

    place: str


Found = Handed | Trouble | Other

_DIRECTORY = (
    4_000_000  # bytes of an archive's list of contents: checked before anything is made of it
)
_CHUNK = 1_000_000
_CLOSED = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zipx")
_LIES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
)
_BROKEN = (*_LIES, OverflowError)  # what the standard library raises at an archive that lies


class _Full(Exception):
    """The run has read as much as it may."""


class _Large(Exception):
    """One file has more in it than its kind may have."""


def found(
    paths: Iterable[Path | str], limits: Limits | None = None, due: datetime | None = None
) -> Iterator[Found]:
    """All that is in these files, folders and archives, in a fixed order.

    `due` tells what is late where the platform names only a time (Blackboard, Brightspace), in the platform's own
    time zone.
    """
    search = _Search(limits or Limits(), due)
    for path in paths:
        try:
            yield from search.path(Path(path))
        except _Full as full:
            yield Trouble(
                str(full),
                "so much was read that this and what follows were left. Collect it separately.",
            )
            return


class _Search:
    def __init__(self, limits: Limits, due: datetime | None) -> None:
        self.limits, self.due = limits, due
        self.total, self.archives = limits.total, limits.archives
        self.many = f"with it there are more than {limits.entries:,} files."

    def path(self, top: Path) -> Iterator[Found]:
        self.top, self.entries = top, self.limits.entries
        if top.is_dir():
            yield from self._folder(top)
        elif top.is_file():
            yield from self._file(top, (top.name,))
        elif top.exists():
            yield Trouble(
                shown(str(top)),
                "it is not an ordinary file. Copy its contents to a file, and collect that.",
            )
        else:
            yield Trouble(shown(str(top)), "there is no such file or folder. Check the path.")

    def _place(self, parts: Parts) -> str:
        return "/".join(map(shown, (str(self.top), *parts[1:])))

    def _folder(self, top: Path) -> Iterator[Found]:
        waiting: list[tuple[Path, Parts]] = [(top, (top.name,))]
        while waiting:
            folder, parts = waiting.pop()
            try:
                with os.scandir(folder) as listed:
                    inside = sorted(islice(listed, self.limits.entries + 1), key=lambda e: e.name)
            except OSError as error:
                yield Trouble(self._place(parts), f"the folder cannot be read ({error.strerror}).")
                continue
            self.entries -= len(inside)
            if self.entries < 0:
                yield Trouble(
                    self._place(parts), f"{self.many} The rest of the folder was not read."
                )
                return
            for entry in inside:
                path, inner = Path(entry.path), (*parts, entry.name)
                if _junk(entry.name):
                    continue
                if entry.is_symlink():
                    sentence = (
                        "it is a link, and links are not followed. Collect what it points to."
                    )
                    yield Trouble(self._place(inner), sentence)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((path, inner))
                elif entry.is_file(follow_symlinks=False):
                    yield from self._file(path, inner)
                else:
                    yield Trouble(self._place(inner), "it is not an ordinary file.")

    def _file(self, path: Path, parts: Parts) -> Iterator[Found]:
        kind, place = _kind(path.name), self._place(parts)
        if kind not in ("json", "zip"):
            yield _not_read(kind, place)
            return
        try:
            stream = path.open("rb")
        except OSError as error:
            yield Trouble(place, f"the file cannot be read ({error.strerror}).")
            return
        with stream:
            if kind == "zip":
                yield from self._archive(stream, parts, 1)
            else:
                yield self._submission(lambda: stream, parts)

    def _archive(self, stream: IO[bytes], parts: Parts, depth: int) -> Iterator[Found]:
        try:
            archive = zipfile.ZipFile(cast(IO[bytes], _Capped(stream)))
            self.entries -= len(archive.filelist)
            if self.entries < 0:
                raise _Large
        except _Large:
            yield Trouble(
                self._place(parts), f"{self.many} Unpack it, and collect a part at a time."
            )
            return
        except _BROKEN:
            sentence = (
                "it is not a whole zip archive: damaged, cut off or of another kind. Get it again."
            )
            yield Trouble(self._place(parts), sentence)
            return
        with archive:
            for member in archive.filelist:
                yield from self._member(archive, member, parts, depth)

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, top: Parts, depth: int
    ) -> Iterator[Found]:
        path = _name(member).replace("\\", "/")
        inside = [part for part in path.split("/") if part not in ("", ".")]
        parts = (*top, *inside)
        place = self._place(parts)
        if path.startswith("/") or ".." in inside or re.match(r"[A-Za-z]:", path):
            yield Trouble(place, "its name points outside the archive. It was not read.")
            return
        if path.endswith("/") or not inside or any(map(_junk, inside)):
            return
        kind = _kind(inside[-1])
        if stat.S_ISLNK(member.external_attr >> 16):
            yield Trouble(place, "it is a link, not a file. It was not read.")
        elif kind not in ("json", "zip"):
            yield _not_read(kind, place)
        elif member.flag_bits & 1:
            yield Trouble(place, "it is locked with a password. Ask for it without one.")
        elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The standard library gives no bound on what a piece of bzip2 or LZMA grows to.
            yield Trouble(
                place,
                "it is packed in a way that is not read here. Pack it as an ordinary zip archive.",
            )
        elif kind == "json":
            yield self._submission(lambda: archive.open(member), parts)
        elif depth >= self.limits.depth:
            yield Trouble(
                place, f"archives are nested more than {self.limits.depth} deep. Unpack them first."
            )
        elif self.archives < 0:
            raise _Full(place)
        else:
            try:
                data = _bytes(lambda: archive.open(member), self.limits.archive)
            except _Large:
                self.archives -= self.limits.archive
                yield Trouble(
                    place, f"it has more than {self.limits.archive:,} bytes. Unpack it first."
                )
            except _BROKEN:
                yield Trouble(place, "it cannot be unpacked: damaged or cut off. Get it again.")
            else:
                self.archives -= len(data)
                yield from self._archive(io.BytesIO(data), parts, depth + 1)

    def _submission(self, opened: Callable[[], IO[bytes]], parts: Parts) -> Found:
        place = self._place(parts)
        if self.total < 0:
            raise _Full(place)
        try:
            data = _bytes(opened, self.limits.file)
        except _Large:
            self.total -= self.limits.file
            return Trouble(
                place, f"it has more than {self.limits.file:,} bytes, which no submission has."
            )
        except _BROKEN:
            return Trouble(place, "it cannot be read: damaged or cut off. Get it again.")
        self.total -= len(data)
        return named(Handed(place, data), str(self.top.parent), parts, self.due)


class _Capped:
    """A file that refuses to be read in great pieces: an archive's list of contents is read in one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.seek, self.tell, self.seekable, self._stream = (
            stream.seek,
            stream.tell,
            stream.seekable,
            stream,
        )

    def read(self, size: int = -1) -> bytes:
        if size > _DIRECTORY:
            raise _Large
        return self._stream.read(_DIRECTORY if size < 0 else size)


def _bytes(opened: Callable[[], IO[bytes]], limit: int) -> bytes:
    pieces, size = [], 0
    with opened() as stream:
        while piece := stream.read(min(_CHUNK, limit + 1 - size)):
            pieces.append(piece)
            size += len(piece)
    if size > limit:
        raise _Large
    return b"".join(pieces)


def _not_read(kind: str, place: str) -> Trouble | Other:
    if kind == "closed":
        return Trouble(
            place, "this kind of archive is not read here. Unpack it, and collect the folder."
        )
    return Other(place)


def _kind(name: str) -> str:
    ending = os.path.splitext(name.lower())[1]
    return "closed" if ending in _CLOSED else ending[1:] if ending in (".json", ".zip") else "other"


def _junk(name: str) -> bool:
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; many programs write UTF-8 without saying so."""
    try:
        return (
            member.filename
            if member.flag_bits & 0x800
            else member.filename.encode("cp437").decode()
        )
    except UnicodeError:
        return member.filename
