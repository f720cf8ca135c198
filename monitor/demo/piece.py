"""A piece of the country: one system or connection with its checks."""

from dataclasses import dataclass, field

from monitor.demo.entry import Entry
from monitor.demo.styles import TEMPLATES, Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One system, or one connection if it has a provider.

    Attributes:
        agency: Id of the owner, or of the consumer.
        templates: The checks it uses.
        facts: What else its entry says.
        provider: ``agency/system``; empty for a system.
        via: Hubs on the way.
        is_crowd: One of the many that a large country is filled up with.
    """

    agency: str
    id: str
    templates: tuple[str, ...]
    facts: Entry = field(default_factory=dict)
    provider: str = ""
    via: tuple[str, ...] = ()
    is_crowd: bool = False

    @property
    def target(self) -> str:
        """``agency/id``."""
        return f"{self.agency}/{self.id}"

    @property
    def checks(self) -> tuple[tuple[str, Style], ...]:
        """The ids of its checks, with their styles."""
        styles = (style for name in self.templates for style in TEMPLATES[name].styles)
        return tuple((f"{self.target}/{style}", style) for style in styles)

    @property
    def is_secure(self) -> bool:
        """Whether its door speaks TLS."""
        return any(TEMPLATES[name].secure for name in self.templates)
