"""Zip archives that may lie: read piece by piece, with names in whichever code page wrote them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO

from boundaries.instructor.encodings import likeliest

_CHUNK = 1_000_000
# Zip archives by another name, which hold a document.
_DOCUMENTS = (
    ".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".odg", ".pages", ".numbers", ".key",
    ".epub", ".jar", ".apk", ".whl", ".npz", ".vsdx", ".xpi",
)  # fmt: skip
# What the standard library raises at an archive that lies.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


class TooLarge(Exception):
    """There is more in it than its kind may have."""


class Capped:
    """A file that refuses to be read in great pieces: an archive's list of contents is read in one."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable
        self._stream, self._most = stream, most

    def read(self, size: int = -1) -> bytes:
        """As a file reads; raises TooLarge where more is wanted than there may be."""
        if size > self._most:
            raise TooLarge
        return self._stream.read(self._most if size < 0 else size)


def at_most(stream: IO[bytes], most: int) -> bytes:
    """At most so many of the bytes that follow."""
    pieces = []
    while most > 0:
        piece = stream.read(min(_CHUNK, most))
        if not piece:
            break
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def is_archive(head: bytes, ending: str) -> bool:
    """Whether a file is a zip archive, by its first bytes; a document in one is none."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and ending not in _DOCUMENTS


def is_junk(name: str) -> bool:
    """Whether a system made a file of this name for itself."""
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def code_page(archive: zipfile.ZipFile) -> str:
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
