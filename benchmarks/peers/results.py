"""What a comparison gives, where it is kept, and how it reads: RESULTS.json, and RESULTS.md made from it."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
JSON, MARKDOWN = HERE.parent / "RESULTS.json", HERE.parent / "RESULTS.md"

INTRODUCTION = """\
# Beside the peers

Made by `make peers` from [RESULTS.json](RESULTS.json), never by hand. Each peer was installed by the benchmark in an
environment of its own; everything ran on one machine over loopback; ours and theirs took turns in the same run.
**Ratio** says how many times better ours is (below 1 the peer is better), run by run: the median, then least and most.
Read ratios first: the seconds are those of one machine, whose processors clients, servers and other programs shared.
"""


class NotInstalled(Exception):
    """A peer could not be installed on this machine."""


@dataclass
class Row:
    """One measure, ours and a peer's, one value a run. `counted` values are shares of what should be there."""

    id: str
    measure: str
    peer: str
    unit: str
    ours: list[float]
    theirs: list[float]
    more_is_better: bool = False
    counted: bool = False
    bar: float | None = None
    note: str = ""

    def ratios(self) -> list[float]:
        """How many times better ours was, run by run; empty where something was counted."""
        if self.counted:
            return []
        pairs = zip(self.ours, self.theirs, strict=True)
        if self.more_is_better:
            return [ours / theirs for ours, theirs in pairs]
        return [theirs / ours for ours, theirs in pairs]

    def verdict(self) -> str:
        """Who is better, and whether the bar was held."""
        if self.counted:
            ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
            even = ours == theirs
            ours_better = (ours > theirs) == self.more_is_better
        else:
            ratio = statistics.median(self.ratios())
            even = 0.95 < ratio < 1.05
            ours_better = ratio > 1
        if self.bar is not None:
            return f"bar {self.bar:g}: {'held' if ratio >= self.bar else '**missed**'}"
        if even:
            return "even"
        return "" if ours_better else f"**{self.peer} is better**"


@dataclass
class Part:
    """The rows of one subject, and under which circumstances they were taken."""

    title: str
    text: str
    rows: list[Row]
    runs: int
    others: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    quick: bool = False
    taken: str = ""
    machine: str = ""


def environment(name: str, *requirements: str) -> Path:
    """The Python of a peer's own environment under build/peers, made at the first call.

    Raises:
        NotInstalled: the package index does not offer what is asked for.
    """
    folder = ROOT / "build" / "peers" / name
    python, stamp = folder / "bin" / "python", folder / "requirements"
    wanted = "\n".join(requirements)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    uv = [sys.executable, "-m", "uv"]
    make = [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    subprocess.run(make, check=True, timeout=120)
    install = [*uv, "pip", "install", "--quiet", "--python", str(python), *requirements]
    done = subprocess.run(install, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise NotInstalled(f"{', '.join(requirements)}: {done.stderr}")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def versions(python: Path, *packages: str) -> dict[str, str]:
    """Which versions of these packages stand in an environment."""
    code = "import sys, json; from importlib.metadata import version as v; "
    code += "print(json.dumps({name: v(name) for name in sys.argv[1:]}))"
    run = [str(python), "-c", code, *packages]
    return json.loads(subprocess.run(run, check=True, capture_output=True).stdout)


def machine() -> str:
    """Processors, memory, system and Python, without a name or a place."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores, {pages / 2**30:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def read() -> dict[str, Any]:
    """What RESULTS.json holds, part by part."""
    return json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {}


def keep(name: str, part: Part) -> None:
    """Puts a part into RESULTS.json in the place of what was there, and makes RESULTS.md anew."""
    part.taken = f"{datetime.now(UTC):%Y-%m-%d}"
    part.machine = machine()
    for row in part.rows:
        row.ours, row.theirs = _rounded(row.ours), _rounded(row.theirs)
    parts = read()
    parts[name] = asdict(part)
    JSON.write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    MARKDOWN.write_text(markdown(parts), encoding="utf-8")


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def markdown(parts: dict[str, Any]) -> str:
    """RESULTS.md, as these parts of RESULTS.json give it."""
    sections = [INTRODUCTION]
    for kept in parts.values():
        part = Part(**kept)
        part.rows = [Row(**row) for row in kept["rows"]]
        sections.append(section(part))
    return "\n".join(sections)


def section(part: Part) -> str:
    """One part as a table, with what must be said of it below."""
    lines = [f"## {part.title}", "", part.text, ""]
    lines += ["| what | ratio | | ours | theirs | peer |", "|---|---|---|---|---|---|"]
    for row in part.rows:
        ratio = _spread(row.ratios(), "×") if row.ratios() else ""
        cells = (
            f'<a id="{row.id}"></a>{row.measure}',
            ratio,
            row.verdict(),
            _spread(row.ours, row.unit),
            _spread(row.theirs, row.unit),
            row.peer,
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("")
    lines += [f"- **{row.measure}**: {row.note}" for row in part.rows if row.note]
    lines += [f"- **{peer}** was not measured: {why}" for peer, why in part.absent.items()]
    lines += ["", _circumstances(part), ""]
    return "\n".join(lines)


def _circumstances(part: Part) -> str:
    installed = ", ".join(f"{name} {version}" for name, version in part.versions.items())
    runs = f"{part.runs} run{'s' if part.runs > 1 else ''}"
    text = f"Taken {part.taken}, {runs}{' (quick)' if part.quick else ''}: {part.machine}; {installed}."
    if part.others:
        text += f" Other programs kept busy, of the processors: {_spread(part.others, '')}."
    if part.load:
        text += f" Load average, before and after: {', '.join(map(_short, part.load))}."
    return text


def _spread(values: Sequence[float], unit: str) -> str:
    """The median, and the least and the most where they differ."""
    middle = f"{_short(statistics.median(values))} {unit}".strip()
    if min(values) == max(values):
        return middle
    return f"{middle} ({_short(min(values))} to {_short(max(values))})"


def _short(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):g}"
