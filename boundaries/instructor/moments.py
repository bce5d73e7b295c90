"""The time at which something was handed in, as platforms write it into names: without colons, in
any language."""

from __future__ import annotations

import re
from datetime import datetime

from boundaries.instructor.headings import CONVENTIONS, plain


def moment(text: str) -> datetime | None:
    """The time in a piece of a name; None where it cannot be read, or read in two ways.

    >>> moment("Oct 2, 2026 1205 PM"), moment("2 oct. 2026 09 h 15")
    (datetime.datetime(2026, 10, 2, 12, 5), datetime.datetime(2026, 10, 2, 9, 15))
    """
    date = _date(text)
    time = _time(date[3]) if date else None
    if date is None or time is None:
        return None
    try:
        return datetime(*date[:3], *time)
    except ValueError:
        return None


def _date(text: str) -> tuple[int, int, int, str] | None:
    """Year, month, day, and what follows."""
    numbers = re.match(r"\s*(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?!\d)(.*)", text, re.DOTALL)
    if numbers:
        return int(numbers[1]), int(numbers[2]), int(numbers[3]), numbers[4]
    # 2.10.2026 begins with the day everywhere; 2/10/2026 may be the tenth of February.
    numbers = re.match(r"\s*(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})(.*)", text, re.DOTALL)
    if numbers:
        return int(numbers[3]), int(numbers[2]), int(numbers[1]), numbers[4]
    spelled = re.match(r"(.*?)\b(20\d\d)(?!\d)(.*)", text, re.DOTALL)
    if not spelled:
        return None
    days = re.findall(r"\d+", spelled[1])
    months = {_month(word) for word in re.findall(r"[^\W\d_]{3,}", spelled[1])} - {0}
    if len(days) != 1 or len(months) != 1:
        return None
    return int(spelled[2]), months.pop(), int(days[0]), spelled[3]


def _month(word: str) -> int:
    """A month's number; 0 for another word. "juil" is July and "juin" June, so the longest
    beginning counts."""
    best, length = 0, 0
    for number, beginnings in enumerate(CONVENTIONS["months"], 1):
        for beginning in beginnings.split():
            start = plain(beginning)
            if plain(word).startswith(start) and len(start) > length:
                best, length = number, len(start)
    return best


def _time(text: str) -> tuple[int, int, int] | None:
    """Hour, minute, second of "915 AM", "0915", "09 h 15", "21.15", "09-00-00"."""
    half = re.search(r"(?<![^\W\d])([ap])\.?\s?m\b", text, re.IGNORECASE)
    digits = re.findall(r"\d+", text)
    if len(digits) == 1 and len(digits[0]) in (3, 4):
        digits = [digits[0][:-2], digits[0][-2:]]
    if len(digits) == 1 and half:
        digits.append("00")
    if len(digits) not in (2, 3) or any(len(number) > 2 for number in digits):
        return None
    hour, minute, second = (int(number) for number in [*digits, "0"][:3])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[1].lower() == "p" else 0)
    return hour, minute, second
