"""What the command line of ``probe`` may hold, and how it refuses what it may not."""

import re
from typing import Any

import click

USAGE = 3
WATCH = "--watch"
WATCH_EVERY = "5s"
SHORTEST_SECONDS = 0.1


class WrongUseError(click.UsageError):
    """A usage error of a command whose exit status 2 is a verdict."""

    exit_code = USAGE


class UnusableError(click.ClickException):
    """What the command was given is of no use; says so without the usage line."""

    exit_code = USAGE


class ProbeCommand(click.Command):
    """A command whose usage errors end with 3, because 2 is a verdict."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise WrongUseError(error.format_message(), error.ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, which may find that its options do not fit together."""
        try:
            return super().invoke(ctx)
        except WrongUseError:
            raise
        except click.UsageError as error:
            raise WrongUseError(error.format_message(), error.ctx) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; the ID behind a bare ``--watch`` is not its value."""
        following = [*args[1:], ""]
        filled = [
            f"{WATCH}={WATCH_EVERY}" if one == WATCH and not following[index][:1].isdigit() else one
            for index, one in enumerate(args)
        ]
        return super().parse_args(ctx, filled)


class Seconds(click.ParamType[float]):
    """A length of time: a number of seconds, or a duration as configuration has it."""

    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        from monitor.plugin.quantities import read_duration

        try:
            text = f"{value}s" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(value), re.ASCII) else str(value)
            seconds = read_duration(text).total_seconds()
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < SHORTEST_SECONDS:
            self.fail(f"{value} is too often; write {SHORTEST_SECONDS:g} or more", param, ctx)
        return seconds


class Setting(click.ParamType[tuple[str, str]]):
    """``KEY=VALUE``, the value in YAML."""

    name = "KEY=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return the key and the text of its value."""
        if isinstance(value, tuple):
            return value
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is no setting; write KEY=VALUE, such as method=HEAD", param, ctx)
        return key, text


class NetworkType(click.ParamType[Any]):
    """A network, or an address."""

    name = "NETWORK"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the network."""
        from ipaddress import ip_network

        try:
            return ip_network(value)
        except ValueError:
            self.fail(f"{value!r} is not a network; write 10.0.0.0/8 or 2001:db8::/32", param, ctx)
