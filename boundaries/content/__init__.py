"""What is asked: the words of the course, and reading them from `data/`.

>>> load().types["business"].question
'Is a bargain ever just a bargain?'
"""

from boundaries.content.loading import Content, course_root, default_folder, load, read_toml
from boundaries.content.parsing import wording_of
from boundaries.content.prompts import Guess, Model, Prompts, Question
from boundaries.content.words import (
    Band,
    Claim,
    Code,
    Course,
    Dial,
    Item,
    Level,
    Point,
    Provision,
    Reading,
    Stance,
    Survey,
    Type,
    Vignette,
)
