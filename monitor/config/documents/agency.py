"""A file in ``agencies/``: one agency with its contacts, systems and connections."""

from typing import Annotated, Any, Literal

from pydantic import Field

from monitor.config.documents.shape import Day, Days, Id, Shape, TimeOfDay
from monitor.inventory import AgencyClass, Stage, SystemKind
from monitor.plugin.fields import Duration, Url

Percent = Annotated[float, Field(gt=0, le=100)]
Text = Annotated[str, Field(max_length=1000)]
Vars = dict[str, str | int | float | bool]


class IdentityShape(Shape):
    """The agency itself."""

    id: Id
    agency_class: AgencyClass = Field(alias="class")
    code: Text = ""
    admin_code: Text = ""
    name: Text
    name_en: Text = ""
    formerly: list[Id] = Field(default_factory=list)


class ContactShape(Shape):
    """Somebody to tell."""

    name: Text = ""
    name_en: Text = ""
    email: Text = ""
    telephone: Text = ""
    webhook: Url | None = None


class WindowShape(Shape):
    """A maintenance window: with ``every`` it comes back each week, without it comes once."""

    every: Days | None = None
    start: str = Field(alias="from")
    length: Duration = Field(alias="for")


class SuccessShape(Shape):
    """The share of real calls that must succeed, in percent; of fewer than ``minimum`` calls nothing is said."""

    rate: Percent
    minimum: int = Field(default=100, ge=1, le=1_000_000_000)


class ObjectiveShape(Shape):
    """What a target is held to; availability and completeness in percent."""

    availability: Percent | None = None
    freshness: Duration | None = None
    completeness: Percent | None = None
    success: SuccessShape | None = None
    latency: dict[Literal["p50", "p90", "p95", "p99"], Duration] = Field(default_factory=dict)


class ServiceHoursShape(Shape):
    """When a connection is promised to work."""

    days: Days
    start: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="to")


class StateShape(Shape):
    """A stage and the day on which it was reached."""

    state: Stage
    on: Day


class TargetShape(Shape):
    """What systems and connections share."""

    id: Id
    owner: str | None = None
    programmes: list[str] = Field(default_factory=list)
    use: list[str] = Field(default_factory=list)
    vars: Vars = Field(default_factory=dict)
    maintenance: list[WindowShape] = Field(default_factory=list)
    objective: ObjectiveShape = ObjectiveShape()
    formerly: list[Id] = Field(default_factory=list)
    checks: list[dict[str, Any]] = Field(default_factory=list)


class SystemShape(TargetShape):
    """An information system."""

    kind: SystemKind
    name: Text
    name_en: Text = ""
    environment: Id = "production"
    zone: Id | None = None
    security_level: int | None = Field(default=None, ge=1, le=5)
    tier: int | None = Field(default=None, ge=1, le=9)


class ConnectionShape(TargetShape):
    """A data-sharing path; the consumer is the agency unless it is named."""

    consumer: str | None = None
    provider: str
    via: list[str] = Field(default_factory=list)
    name: Text = ""
    name_en: Text = ""
    states: list[StateShape] = Field(default_factory=list)
    due: Day | None = None
    legal_basis: Text = ""
    expected_calls_per_day: int | None = Field(default=None, ge=0)
    service_hours: ServiceHoursShape | None = None
    external_ids: dict[Id, Text] = Field(default_factory=dict)


class AgencyFile(Shape):
    """The whole file; systems and connections are read one by one."""

    agency: IdentityShape
    contacts: dict[Id, ContactShape] = Field(default_factory=dict)
    systems: list[dict[str, Any]] = Field(default_factory=list)
    connections: list[dict[str, Any]] = Field(default_factory=list)
