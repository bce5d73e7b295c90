"""A lesson as one HTML file, which needs no server, no install and no network.

What the class server does for a page is done in the page itself (web/local.js). So the readings are
in the file too: scrambled, so that nobody stumbles on them. Whoever wants to unscramble them can,
and the page says so: it rests on trust.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boundaries.answers.judgments import MAX_REASON
from boundaries.answers.submissions import FILE_NAME, content_version
from boundaries.content import Content, Item
from boundaries.content import display as shown
from boundaries.content.sessions import codes_open
from boundaries.errors import ContentError
from boundaries.web import fill, module, style

# What a learning platform takes and an email carries.
MAX_PAGE_BYTES = 1_000_000

_HINT = "Kept in this browser. Leave out what could identify anyone."


def page(type: str, content: Content) -> str:
    """The HTML of one type's lesson, or of the lesson "claims".

    Raises ContentError for an unknown type, and for a lesson that makes a file of over a megabyte.
    """
    known = [*content.types, "claims"]
    items = content.of_lesson(type) if type in known else ()
    if not items:
        raise ContentError(
            f"There are no cases of the type '{type}'. Choose one of: {', '.join(known)}."
        )
    script = module("file.js")
    course = _course(type, items, content)
    html = fill(
        "file.html",
        course=course,
        data=_json(course),
        script=script,
        # As a policy of the page names it, so that no other script ever runs there.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=style("form.css", "reveal.css", "page.css", "homework.css", "file.css"),
    )
    size = len(html.encode())
    if size > MAX_PAGE_BYTES:
        raise ContentError(
            f"The page of '{type}' would have {size:,} bytes; at most {MAX_PAGE_BYTES:,} travel well by "
            "email. Name fewer codes in course.toml (others = false leaves out most)."
        )
    return html


def write_page(type: str, content: Content, path: Path) -> Path:
    """Writes the page of a lesson; gives its path. Raises as `page` does, and OSError."""
    path.write_text(page(type, content), encoding="utf-8", newline="\n")
    return path


def _course(type: str, items: Sequence[Item], content: Content) -> dict[str, Any]:
    """All that the page knows. Of the readings it knows nothing until it unscrambles them."""
    session = content.course.session
    return {
        "type": type,
        "title": content.title_of(type),
        "course": content.course.title,
        "session": session,
        "codes_open": codes_open(session),
        "content": content_version(content),
        "due": content.course.due,
        "file": FILE_NAME,
        "minimum": content.course.minimum_group,
        **shown.side_by_side(content.pair_of(type, items), content),
        "split": content.course.split_pairs,
        # All of them: one file holds what was judged on the pages of other lessons, too.
        "wordings": {id: item.wording for id, item in content.all_items.items()},
        "form": shown.asking(content, _HINT, MAX_REASON),
        "cases": [_case(item, content) for item in items],
    }


def _case(item: Item, content: Content) -> dict[str, Any]:
    """A case with each level of its dial, and what opens at each, scrambled."""
    codes = {level: shown.opened(item, level, content) for level in item.levels}
    return {
        "item": item.id,
        "wording": item.wording,
        "levels": [shown.asked(item, level) for level in item.levels],
        "scrambled": scrambled(_json(codes), f"{item.id}|{item.wording}"),
    }


def scrambled(text: str, key: str) -> str:
    """A text that nobody can read by looking: each 32 bytes against a hash of key and place.

    >>> scrambled("read me later", "a-case|1f") == scrambled("read me later", "another|1f")
    False
    """
    data = bytearray(text.encode())
    for start in range(0, len(data), 32):
        stream = hashlib.sha256(f"{key}|{start // 32}".encode()).digest()
        for at, byte in enumerate(data[start : start + 32]):
            data[start + at] = byte ^ stream[at]
    return base64.b64encode(data).decode()


def _json(value: object) -> str:
    """JSON that may stand in a page's script element: no text of it can end that element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
