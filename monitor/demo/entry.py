"""What the configuration files of the demonstration are made of."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

Yaml: TypeAlias = "str | int | float | date | datetime | Sequence[Yaml] | Mapping[str, Yaml]"
"""A value as YAML holds it."""
Entry: TypeAlias = Mapping[str, Yaml]
