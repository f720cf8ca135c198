"""Checks, and the templates that hold lists of them."""

from typing import Annotated, Any

from pydantic import Field

from monitor.config.documents.shape import Id, Shape
from monitor.plugin.fields import Duration

Runs = Annotated[int, Field(ge=1, le=100)]


class ConfirmShape(Shape):
    """How many runs in a row confirm a change."""

    down: Runs | None = None
    up: Runs | None = None


class BeatShape(Shape):
    """What a check, a template and the defaults may all set; the nearest one to the check counts."""

    every: Duration | None = None
    timeout: Duration | None = None
    confirm: ConfirmShape | None = None
    recheck: Duration | None = None
    phases: bool | None = None


class CheckShape(BeatShape):
    """A check; ``with`` is filled by the probe kind."""

    id: Id
    probe: str
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    formerly: list[Id] = Field(default_factory=list)


class TemplateShape(BeatShape):
    """A named list of checks, with what they have in common."""

    checks: list[dict[str, Any]] = Field(min_length=1)
