"""A file in ``programmes/``: one target set from above."""

from pydantic import Field

from monitor.config.documents.agency import Percent, Text
from monitor.config.documents.shape import Day, Id, Shape


class ProgrammeShape(Shape):
    """Who must have what by when; the goal in percent."""

    id: Id
    name: Text
    name_en: Text = ""
    goal: Percent = 100.0
    deadline: Day | None = None


class ProgrammeFile(Shape):
    """The whole file."""

    programme: ProgrammeShape = Field()
