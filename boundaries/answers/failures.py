"""What a database error means to a person, and what to do."""

from __future__ import annotations

# What SQLite says of a disk whose locks do not work, and `databases` with it.
NO_LOCKS = "locking protocol"

# What is said of a withdrawal that SQLite's log keeps, for somebody reads from it.
STILL_READ = (
    "the answers were removed, but another program is reading the store, so old copies of them may "
    "still lie in its files. End that program, then forget this participant once more."
)

# A store is named in a call or a command, that of a student's lessons in their environment.
_OTHER_PLACE = (
    "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again."
)
_BUSY = "another program is writing to the store. Wait a moment, then try again."
_CLOSED = (
    "the store cannot be opened. Check that its folder exists and can be written, then try again."
)
_DAMAGED = (
    "the store is damaged. It was left as it is. Move it away and keep it: much can often be saved."
)
_DISK = "the disk did not take it, so nothing was stored. Try again, or choose another disk."
EMPTIED = "the store was moved or emptied. Put it back, or run the cell again to begin a new one."
_FULL = "the disk is full, so nothing was stored. Free some space, then try again."
_LOGIN = "the database server refused the name or password. Check them, then try again."
_NO_DRIVER = "PostgreSQL needs one package more. Run `pip install 'boundaries[postgres]'`."
_NO_FOLDER = f"there is no such folder, and it cannot be made. {_OTHER_PLACE}"
_NO_PERMISSION = f"the store cannot be written here. {_OTHER_PLACE}"
_NO_STORE = "this file is not a store. It was left as it is. Move it away or choose another path."
_OTHER_DISK = (
    "Choose a folder on another disk (for a lesson, name it in BOUNDARIES_HOME), then try again."
)
# SQLite leaves its -wal and -shm beside a read-only file, read-only too.
_READ_ONLY = (
    "the store cannot be written (it is read-only). "
    "Free it, and the files beside it that begin with its name, for writing, then try again."
)
_SILENT = "the database server does not answer. Check its address and that it runs, then try again."
_SLOW = "the database server is too slow to answer all. Wait a moment, then try again."
_TAKEN = f"a file stands where its folder should be. {_OTHER_PLACE}"
_UNKNOWN = "this kind of database is not known. Use a SQLite path or postgresql+psycopg://…."
_UNLOCKABLE = (
    "this disk cannot lock files, as some network disks cannot, so answers are not safe on it. "
    + _OTHER_DISK
)

# In this order: an error may hold several of these signs, and the first one says most.
_CURES = {
    "is the server running": _SILENT,  # a socket that is not there, which also says "no such file"
    "shutting down": _SILENT,
    "starting up": _SILENT,
    "terminating connection": _SILENT,
    "server closed the connection": _SILENT,
    "connection is lost": _SILENT,
    "connection is closed": _SILENT,
    "queuepool limit": _SLOW,
    "no module named 'psycopg'": _NO_DRIVER,
    "no module named": _UNKNOWN,
    "can't load plugin": _UNKNOWN,
    "connection refused": _SILENT,
    "timeout expired": _SILENT,
    "could not translate host name": _SILENT,
    "failed to resolve host": _SILENT,
    "name or service not known": _SILENT,  # Linux's own words, which older drivers pass on
    "nodename nor servname": _SILENT,  # macOS
    "name resolution": _SILENT,  # "temporary failure in name resolution"
    "getaddrinfo failed": _SILENT,  # Windows
    "authentication failed": _LOGIN,
    "file exists": _TAKEN,
    "not a directory": _TAKEN,
    "no such file": _NO_FOLDER,
    "no such table": EMPTIED,
    "read-only file system": f"this disk can only be read. {_OTHER_DISK}",
    "readonly": _READ_ONLY,
    "read-only": _READ_ONLY,
    "permission denied": _NO_PERMISSION,
    "unable to open": _CLOSED,
    "is full": _FULL,
    "no space left": _FULL,
    NO_LOCKS: _UNLOCKABLE,
    "locked": _BUSY,
    "not a database": _NO_STORE,
    "malformed": _DAMAGED,
    "disk i/o error": _DISK,
}

_FULL_ON_READING = "the disk is full, and reading needs some space too. Free some, then try again."
_CURES_OF_READING = {
    "is full": _FULL_ON_READING,
    "no space left": _FULL_ON_READING,
    "disk i/o error": "the disk could not be read. Try again, or copy the store to another disk.",
}


def sentence(error: Exception, *, reading: bool = False) -> str:
    """What a database error means, and what to do; `reading` where nothing was to be stored.

    >>> sentence(OSError(28, "No space left on device"))
    'the disk is full, so nothing was stored. Free some space, then try again.'
    """
    message = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
    cures = dict(_CURES)
    outcome = "Nothing new was stored. "
    if reading:
        cures.update(_CURES_OF_READING)
        outcome = ""
    for sign, cure in cures.items():
        if sign in message.lower():
            return cure
    first_line = message.partition("\n")[0]
    return f"the database answered '{first_line}'. {outcome}Try again."
