"""The letters of a chart: which fonts draw them, how wide a line is, and where it breaks.

DejaVu Sans comes with matplotlib, so that a picture looks the same on every computer. A lecturer's
title may hold letters that it lacks (Chinese, Thai, Hindi, an emoji): a font of the computer helps
where there is one, and a box stands for what no font has. Nothing here ever writes on stderr: a
notebook's output is compared with the stored one.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import numpy as np

# Held while letters are measured and a picture is drawn.
# A judgment that arrives in a kernel's subshell draws in another thread than the notebook's cell.
# Matplotlib shares its caches between threads and promises nothing; a chart takes half a second,
# so charts take turns.
DRAWING = threading.RLock()

with DRAWING:
    # On a new computer matplotlib looks through all fonts and says so on stderr, and it complains
    # there where its cache cannot be written. Neither is a student's business, and both fail a
    # strict comparison of outputs.
    _log = logging.getLogger("matplotlib")
    _level = _log.level
    _log.setLevel(logging.ERROR)
    # $MPLBACKEND may name one that this matplotlib does not know, and then it does not load. Charts
    # need none, and the student's own drawing gets it below.
    _backend = None if "matplotlib" in sys.modules else os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
        from matplotlib import font_manager
        from matplotlib.axes import Axes
        from matplotlib.collections import PathCollection
        from matplotlib.figure import Figure
        from matplotlib.path import Path
        from matplotlib.textpath import text_to_path
        from matplotlib.transforms import Affine2D, Bbox
    finally:
        _log.setLevel(_level)
    if _backend:
        os.environ["MPLBACKEND"] = _backend
        with suppress(ValueError):
            mpl.rcParams["backend"] = _backend

# Asked in this order for letters that DejaVu Sans lacks: what Linux, Windows and macOS bring.
FALLBACKS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans KR", "Noto Sans Thai"),
    *("Noto Sans Devanagari", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Emoji"),
    *("Microsoft YaHei", "Malgun Gothic", "Leelawadee UI", "Nirmala UI", "Segoe UI Emoji"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Thonburi", "Kohinoor Devanagari"),
    "Arial Unicode MS",
)

# Categories of characters that only steer or change others: control, format, marks.
_UNSEEN = ("Cc", "Cf", "Mn", "Me", "Mc")

BOX = "\N{WHITE SQUARE}"


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The fonts that draw a chart: DejaVu Sans, then the fallbacks that this computer has."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in FALLBACKS if name in installed))


@lru_cache(maxsize=2)
def _letters(bold: bool) -> frozenset[int]:
    """Every character that some font of `families` has in this weight."""
    letters: set[int] = set()
    for family in families():
        font = font_manager.FontProperties(family=family, weight=_weight(bold))
        try:
            letters.update(font_manager.get_font(font_manager.findfont(font)).get_charmap())
        except (OSError, RuntimeError, ValueError):
            continue  # a font file that FreeType cannot open helps nobody
    return frozenset(letters)


def _weight(bold: bool) -> str:
    return "bold" if bold else "normal"


@lru_cache(maxsize=4096)
def drawable(text: str, bold: bool = False) -> str:
    """`text` with a box for each letter that no font has, and without what cannot be seen.

    >>> drawable("Ethics 2026"), drawable("\\U0010fffd\\N{ZERO WIDTH JOINER}")
    ('Ethics 2026', '□')
    """
    if text.isascii() and text.isprintable():
        return text
    with DRAWING:
        known = _letters(bold)
    letters = []
    for letter in text:
        if letter == "\n" or (ord(letter) in known and letter.isprintable()):
            letters.append(letter)
        elif unicodedata.category(letter) not in _UNSEEN:
            letters.append(BOX)
    return "".join(letters)


@lru_cache(maxsize=4096)
def outline(text: str, size: float, bold: bool = False) -> Path:
    """One line of text as outlines in points, its baseline at 0, its first letter's left edge at 0.

    Never read as mathematics: a title may hold two dollar signs.
    """
    text = drawable(text, bold)
    if not text.strip():
        return Path(np.zeros((1, 2)))
    with DRAWING:
        font = font_manager.FontProperties(family=list(families()), weight=_weight(bold))
        vertices, codes = text_to_path.get_text_path(font, text, ismath=False)
    vertices = np.asarray(vertices) * (size / text_to_path.FONT_SCALE)
    return Path(vertices - (vertices[:, 0].min(), 0), codes)


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, bold: bool = False) -> float:
    """How wide a line of text is, in points."""
    return float(np.ptp(np.asarray(outline(text, size, bold).vertices)[:, 0]))


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """The lines of `text`, none wider than `width` points; a word that is wider alone is cut.

    >>> wrap("Ethical under rare conditions", 110, 12)
    ['Ethical under rare', 'conditions']
    """
    whole = " ".join(text.split())
    if whole and width_of(whole, size, bold) <= width:
        return [whole]
    # DejaVu's space (0.318) and the air beside a letter that its outline leaves out.
    space = 0.36 * size
    lines, room = [""], width
    for word in text.split():
        if lines[-1]:
            room -= space
        needed = width_of(word, size, bold)
        if needed <= room:
            lines[-1] = f"{lines[-1]} {word}".strip()
            room -= needed
        else:
            lines += _cut(word, width, size, bold)
            room = width - width_of(lines[-1], size, bold)
    return [line for line in lines if line]


def _cut(word: str, width: float, size: float, bold: bool) -> list[str]:
    """A word in as many pieces as it needs: Chinese and Thai write sentences without a space."""
    if width_of(word, size, bold) <= width:
        return [word]
    pieces, room = [""], width
    for letter in word:
        needed = width_of(letter, size, bold) + 0.1 * size
        if needed > room and pieces[-1]:
            pieces.append("")
            room = width
        pieces[-1] += letter
        room -= needed
    return pieces


class Letters(NamedTuple):
    """One line of text: its box and its baseline in data coordinates, and its letters in points."""

    text: str
    box: Bbox
    baseline: float
    outline: Path
    colour: str


class Words(PathCollection):
    """Many lines of text as one artist; `lines` says what stands where."""

    def __init__(self, figure: Figure, ax: Axes, lines: Sequence[Letters]) -> None:
        paths, offsets, colours = [], [], []
        for line in lines:
            paths.append(line.outline)
            offsets.append((line.box.x0, line.baseline))
            colours.append(line.colour)
        super().__init__(
            paths,
            offsets=offsets,
            offset_transform=ax.transData,
            facecolors=colours,
            linewidths=0,
            zorder=4,
        )
        # Letters keep their size in points whatever the axes measures.
        self.set_transform(Affine2D().scale(1 / 72) + figure.dpi_scale_trans)
        self.lines = lines
