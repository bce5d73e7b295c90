"""Files that hold answers: open to their owner alone, and replaced whole or not at all.

Windows has no modes; there a user's own folders are closed to other users anyway.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("boundaries")

# What SQLite may put behind a file's name for a file that holds some of its rows.
BESIDE = ("", "-wal", "-shm", "-journal")

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, for their owner alone; what is there stays as it is."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        # Not `parents=True`, which makes those above with the usual mode.
        each.mkdir(mode=0o700, exist_ok=True)


def close_file(path: Path) -> None:
    """Closes a store's file, and those that SQLite puts beside it, to everybody but its owner.

    Says so in a warning of the logger `boundaries`, for what was open may have been read. A file of
    somebody else stays as it is.
    """
    closed = [_close(path.with_name(path.name + suffix)) for suffix in BESIDE]
    if any(closed):
        log.warning("%s: other users of this computer could read it. Now only you can.", path)


def close_folder(folder: Path) -> None:
    """Closes a person's folder of answers, and says so.

    Not one that serves other ends or people too: a home, or one where everybody may write.
    """
    shared = folder.stat().st_mode & stat.S_ISVTX
    # Not Path.home(), which raises where neither $HOME nor the system names one.
    own_home = Path(os.path.expanduser("~"))
    if not shared and folder.resolve() != own_home and _close(folder):
        log.warning("%s: other users of this computer could open it. Now only you can.", folder)


def _close(path: Path) -> bool:
    """Takes away what others may do with a file or folder; whether there was anything to take."""
    if os.name != "posix":
        return False
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & _OTHERS:
            return False
        path.chmod(mode & ~_OTHERS)
        # Some network disks take a new mode without a word and without effect.
        return not path.stat().st_mode & _OTHERS
    except OSError:  # it is not there, or is somebody else's
        return False


def replace(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; one that was there leaves it its mode and group.

    A new file gets the mode that is usual in its folder; of a link, the file that it leads to is
    written. Raises OSError, and then what was there is there still.
    """
    path = path.resolve()
    new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        # Not tempfile, whose files nobody else may read, whatever the folder's usual mode is.
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            # Else a power cut may leave the new name with an empty file under it.
            os.fsync(file.fileno())
        if path.exists():
            _take_over(path, new)
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _take_over(old: Path, new: Path) -> None:
    """Gives a file the group, mode and access list of another, as far as the system lets us."""
    written = new.stat()
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(new, -1, old.stat().st_gid)
    with suppress(OSError):
        shutil.copystat(old, new)
        os.utime(new, ns=(written.st_atime_ns, written.st_mtime_ns))
