"""What the files of agencies are read with, and what is gathered from them."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from monitor.config.documents.check import BeatShape
from monitor.config.kitchen import Kitchen
from monitor.config.place import Node, Problems
from monitor.config.references import Reference
from monitor.config.templates import Template
from monitor.inventory import (
    Agency,
    AgencyId,
    Check,
    Connection,
    Contact,
    ContactId,
    Programme,
    ProgrammeId,
    System,
    TargetId,
)


@dataclass(slots=True, kw_only=True)
class Land:
    """The agencies read so far.

    Attributes:
        programme_ids: Those that exist, also when the rest of their file is wrong.
        kinds: The kind of each system, also of those whose other keys are wrong.
        paths: Ids of all connections, likewise.
        agency_files: The file of each agency.
        populations: Places in programmes/ that name an agency.
        has_variables: Whether the file that is being read has any.
        checks: Of the newest file; taken away once it is read.
    """

    kitchen: Kitchen
    problems: Problems
    zone: ZoneInfo
    defaults: BeatShape
    templates: dict[str, Template]
    programmes: dict[ProgrammeId, Programme] = field(default_factory=dict)
    programme_ids: dict[str, str] = field(default_factory=dict)
    agencies: dict[AgencyId, Agency] = field(default_factory=dict)
    contacts: dict[tuple[AgencyId, ContactId], Contact] = field(default_factory=dict)
    systems: dict[TargetId, System] = field(default_factory=dict)
    connections: dict[TargetId, Connection] = field(default_factory=dict)
    kinds: dict[TargetId, str] = field(default_factory=dict)
    paths: set[TargetId] = field(default_factory=set)
    agency_files: dict[AgencyId, str] = field(default_factory=dict)
    programme_owners: list[Node] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    populations: list[Node] = field(default_factory=list)
    has_variables: bool = True
    checks: list[Check] = field(default_factory=list)
