"""A file in ``programmes/``: one target set from above."""

import re
from typing import Annotated

from pydantic import Field

from monitor.config.documents.agency import Percent, Text
from monitor.config.documents.shape import Day, Id, Shape
from monitor.inventory import AgencyClass, SystemKind
from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

OWNER_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}$"


def read_owner(value: object) -> str:
    """Return the full id of a contact.

    Raises:
        ValueError: It is not one.
    """
    if isinstance(value, str) and re.fullmatch(OWNER_PATTERN, value):
        return value
    raise ValueError(f"{shown(value)} does not say of which agency; write agency/contact")


Owner = Annotated[str, Scalar(read_owner, {"type": "string", "pattern": OWNER_PATTERN})]

Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Most = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]


class MemberShape(Shape):
    """A service, a place or whatever else a programme lists."""

    id: Id
    name: Text
    name_en: Text = ""


class PopulationShape(Shape):
    """Of whom the programme asks something: agencies by class, agencies, members of its own, or a plain number."""

    classes: list[AgencyClass] | None = Field(default=None, min_length=1)
    agencies: list[str] | None = Field(default=None, min_length=1)
    members: list[MemberShape] | None = Field(default=None, min_length=1)
    count: Most | None = None


class ByCheckShape(Shape):
    """Checks that are up: those with this id, of systems of this kind or of those that name the programme."""

    id: Id | None = None
    kind: SystemKind | None = None


class ByConnectionShape(Shape):
    """A connection that is live: to this provider, to this kind of one, or one that names the programme."""

    provider: str | None = None
    kind: SystemKind | None = None


class ByReportShape(Shape):
    """A reported value of at least so much."""

    at_least: Most = 1.0


class MeasuredShape(Shape):
    """What counts as connected: a check, a connection or a report."""

    check: ByCheckShape | None = None
    connection: ByConnectionShape | None = None
    report: ByReportShape | None = None


class ReportShape(Shape):
    """A reported number, with its date and where it stands; of a population without names it is about nobody."""

    member: str | None = None
    value: Amount
    on: Day
    source: Annotated[str, Field(min_length=1, max_length=1000)]


class ProgrammeShape(Shape):
    """Who must have what by when; the goal in percent."""

    id: Id
    name: Text
    name_en: Text = ""
    owner: Owner | None = None
    goal: Percent = 100.0
    deadline: Day | None = None
    source: Text = ""
    population: PopulationShape | None = None
    connected: MeasuredShape | None = None
    reports: list[ReportShape] = Field(default_factory=list)


class ProgrammeFile(Shape):
    """The whole file."""

    programme: ProgrammeShape = Field()
