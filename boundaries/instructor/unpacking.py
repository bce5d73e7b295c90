"""Zip archives that may lie: read piece by piece, with names in whichever code page wrote them."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import IO

from boundaries.instructor.texts import CONVENTIONS, likeliest

_CHUNK = 1_000_000
# How archives begin that are not read: RAR, 7z, gzip, bzip2, xz, zstd, Windows' cabinet, compress.
_CLOSED = (
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"(\xb5/\xfd",
    b"MSCF",
    b"\x1f\x9d",
)
_TAR = slice(257, 262)
_IN_THE_CLOUD = ".icloud"  # what iCloud leaves in the place of a file that it has moved away
# What the standard library raises at an archive that lies; ValueError holds what it makes of texts.
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError,
          LookupError, OverflowError)  # fmt: skip


class NotTaken(Exception):
    """Why a file is not taken; `unread` where it may hold a submission all the same."""

    DAMAGED = "it cannot be read: damaged or cut off. Get it again."

    def __init__(self, sentence: str, *, unread: bool = True) -> None:
        super().__init__(sentence)
        self.unread = unread


class Capped:
    """A file that refuses to be read in great pieces: an archive's list of contents is read in one."""

    def __init__(self, stream: IO[bytes], most: int, sentence: str) -> None:
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable
        self._stream, self._most, self._sentence = stream, most, sentence

    def read(self, size: int = -1) -> bytes:
        """As a file reads; raises NotTaken with the sentence where more is wanted than there may be."""
        if size > self._most:
            raise NotTaken(self._sentence)
        return self._stream.read(self._most if size < 0 else size)


def at_most(stream: IO[bytes], most: int) -> bytes:
    """At most so many of the bytes that follow. Raises NotTaken where they cannot be read."""
    pieces = []
    while most > 0:
        try:
            piece = stream.read(min(_CHUNK, most))
        except BROKEN:
            raise NotTaken(NotTaken.DAMAGED) from None
        if not piece:
            break
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def is_archive(head: bytes, ending: str) -> bool:
    """Whether a file is a zip archive, by its first bytes; a document in one is none."""
    is_zip = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    return is_zip and ending not in CONVENTIONS["documents"]


def is_closed(head: bytes) -> bool:
    """Whether a file is an archive that is not read here, by its first bytes."""
    return head.startswith(_CLOSED) or head[_TAR] == b"ustar"


def is_in_the_cloud(name: str) -> bool:
    """Whether a file of this name stands for one that is on a server only."""
    return name.endswith(_IN_THE_CLOUD)


def is_junk(name: str) -> bool:
    """Whether a system made a file of this name for itself."""
    if is_in_the_cloud(name):
        return False
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """A file in an archive, to be read. Raises NotTaken where it is not read at all."""
    if stat.S_ISLNK(member.external_attr >> 16):
        raise NotTaken("it is a link, not a file. It was not read.")
    if member.flag_bits & 1:
        raise NotTaken("it is locked with a password. Ask for it without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The standard library gives no bound on what a piece of bzip2 or LZMA grows to.
        raise NotTaken(
            "it is packed in a way that is not read here. Pack it as an ordinary zip archive."
        )
    try:
        return archive.open(member)
    except BROKEN:
        raise NotTaken(NotTaken.DAMAGED) from None


def name_encoding(archive: zipfile.ZipFile) -> str:
    """The encoding of the names that do not say theirs: one program wrote them all."""
    names = {_raw(member) for member in archive.filelist if not member.flag_bits & 0x800}
    foreign = sorted(name for name in names if not name.isascii())
    return likeliest(b"\n".join(foreign))


def member_name(member: zipfile.ZipInfo, page: str) -> tuple[str, tuple[bytes | None, ...]]:
    """A member's path, and beside each of its parts the undecoded bytes where the encoding is a guess."""
    raw = _raw(member)
    if member.flag_bits & 0x800 or raw.isascii():
        return member.filename.replace("\\", "/"), ()
    try:
        # Many programs write UTF-8 without saying so.
        return raw.decode("utf-8").replace("\\", "/"), ()
    except UnicodeDecodeError:
        parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
        return raw.decode(page, "replace").replace("\\", "/"), tuple(parts)


def _raw(member: zipfile.ZipInfo) -> bytes:
    return member.orig_filename.partition("\0")[0].encode("cp437", "replace")
