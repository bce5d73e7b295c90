"""What can go wrong, by name.

Every error's text is a sentence or two that can be shown to a person as it stands:
which thing, what was found, what is allowed, what to do.
"""


class BoundariesError(Exception):
    """Anything this package raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: its sentence, for where it arose helps nobody who reads it."""
        return [str(self)]


class ContentError(BoundariesError):
    """A content file cannot be used, or something asked for is not in the content."""


class JudgmentError(BoundariesError, ValueError):
    """What was given is not a judgment of this item."""


class WritingError(BoundariesError, ValueError):
    """What was given is not an answer to a question of a form."""


class AlreadyLocked(BoundariesError):
    """A first judgment exists already and stays as it is."""


class StoreError(BoundariesError):
    """The store cannot be opened, read or written."""


class NotYetJudged(BoundariesError):
    """Something is asked for that opens only after the first judgment is locked."""


class SubmissionError(BoundariesError, ValueError):
    """A file is not a submission of this course."""


class JsonError(BoundariesError, ValueError):
    """Bytes are not strict JSON; the text is half a sentence, such as "holds NaN, which is not a number"."""


class CodeError(BoundariesError, ValueError):
    """A backup code is mistyped, or cannot be carried to this file."""


class RosterError(BoundariesError):
    """A class list cannot be read, or what came in cannot be written beside it."""


class Refused(BoundariesError):
    """A rule of the lecture's rounds says no: a round is closed, or cannot be opened any more."""


class NotFound(BoundariesError):
    """There is no lecture of that code."""


class TooMany(BoundariesError):
    """More came than is taken at once; later it is."""


class Unreachable(BoundariesError):
    """The class server does not answer."""
