"""What practitioners told published surveys that they believe, of cases like those of this course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from boundaries.content.loading import Content, read_toml
from boundaries.content.words import Survey, Vignette

# The figures that may be used, by how they were read.
MARKS = {
    "verified": "read in the study’s own abstract",
    "verified-secondary": "read in a page that reports it",
    "typed": "typed from the study’s own table, rows and columns added up",
}


class Published(NamedTuple):
    """A published share beside a case; `ratings` say the same in a class; none: it is not drawn."""

    survey: Survey
    vignette: Vignette
    ratings: tuple[int, ...]
    differs: str
    why: str


def published(content: Content) -> Iterator[Published]:
    """The figures of `data/beside.toml` that are beliefs and were read, in its order."""
    surveys = {}
    for survey in content.surveys:
        if survey.scale.startswith("belief:") and survey.confidence in MARKS:
            surveys[survey.study, survey.item, survey.category] = survey
    for entry in read_toml(content.folder / "beside.toml")["figures"]:
        key = (entry["study"], entry["item"], entry["category"])
        # A case that was replaced is taught no more, and nobody is shown figures beside it.
        vignette = content.vignettes.get(entry["vignette"])
        if key in surveys and vignette:
            ratings = tuple(entry.get("ratings", ()))
            yield Published(surveys[key], vignette, ratings, entry["differs"], entry["why"])
