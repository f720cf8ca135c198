"""Which part of an inventory: an option that several commands have."""

import re

import click

from monitor.settings import ALONE, Shard

MOST = 1000
WRITTEN = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)


class ShardOption(click.ParamType[Shard]):
    """``INDEX/COUNT``, the index from 0 on."""

    name = "INDEX/COUNT"

    def convert(self, value: str | Shard, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        """Return the shard that a text names."""
        if isinstance(value, Shard):
            return value
        found = WRITTEN.fullmatch(value)
        shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
        if not shard.index < shard.count <= MOST:
            self.fail(f"{value!r} is no shard; of three they are 0/3, 1/3 and 2/3", param, ctx)
        return shard


shard_option = click.option(
    "--shard", type=ShardOption(), default=ALONE,
    help="Take this part only: agencies are divided evenly among COUNT processes.",
)  # fmt: skip
