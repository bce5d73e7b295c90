"""Text that a spreadsheet opens as text."""

from __future__ import annotations

# What Excel, LibreOffice or Google Sheets begin a formula with; the wide ones are typed in East Asia.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_STEERING = ("\t", "\r", "\n")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before what begins as one does.

    >>> harmless("=HYPERLINK(1)"), harmless("  -1"), harmless("Zoë")
    ("'=HYPERLINK(1)", "'  -1", 'Zoë')
    """
    # Blanks before a formula are dropped by some programs when they open a file.
    if cell.lstrip().startswith(_FORMULA) or cell.startswith(_STEERING):
        return f"'{cell}"
    return cell
