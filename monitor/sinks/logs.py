"""Logging set up once: structlog and the standard library's loggers write the same lines to one stream."""

import logging
from collections.abc import MutableMapping
from typing import Any, Protocol

import structlog

from monitor.settings import LogFormat
from monitor.sinks.printable import printable

Event = MutableMapping[str, Any]
TALKATIVE = ("aiohttp.access", "asyncssh")
"""Loggers of libraries that tell of all they do."""
DEPTH = 4
"""How far down values are looked into."""
OURS = "monitor"
"""The logger above all of ours."""
INDENT = "\n    "
"""Later lines of a traceback are set off, so that none of them can pass for an entry of its own."""


class Lines(Protocol):
    """What is needed of a stream that lines are written to."""

    def write(self, text: str, /) -> object:
        """Take one line with its end."""
        ...

    def flush(self) -> object:
        """See to it that what was written goes out."""
        ...

    def isatty(self) -> bool:
        """Return whether a person reads it."""
        ...


class Logger(Protocol):
    """What the journal needs of a logger."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the standard library's name
        """Return whether lines of a level are written."""
        ...

    def bind(self) -> "Logger":
        """Return the logger as it is configured now."""
        ...

    def debug(self, event: str, **facts: object) -> object:
        """Write a line for whoever looks closely."""
        ...

    def info(self, event: str, **facts: object) -> object:
        """Write a line."""
        ...

    def warning(self, event: str, **facts: object) -> object:
        """Write a line that somebody should look at."""
        ...


def configure(level: str, log_format: LogFormat, stream: Lines) -> None:
    """Set up structlog and the standard library's root logger; aiohttp logs through the latter.

    Whatever a value holds, a line is one line and has no control character in it: JSON in production, pretty on a
    terminal.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    is_pretty = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and stream.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        escape,
    ]
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)
    if is_pretty:
        renderer = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    elif log_format is LogFormat.LOGFMT:
        renderer = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # At debug, libraries write out what they send and receive, secrets among it: hpack does every header.
    root.setLevel(max(number, logging.INFO))
    logging.getLogger(OURS).setLevel(number)
    # One line for each request would drown the changes, and drivers write the names of files and people into theirs:
    # errors are what is wanted of them.
    for talkative in TALKATIVE:
        logging.getLogger(talkative).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def escape(_logger: object, _method: str, event: Event) -> Event:
    """Write out control characters and the like in every key and value."""
    return {printable(str(key)): _escaped(key, value) for key, value in event.items()}


def _escaped(key: str, value: object) -> object:
    if key in ("exception", "stack") and isinstance(value, str):
        return INDENT.join(printable(line) for line in value.split("\n"))
    return clean(value, DEPTH)


def clean(value: object, depth: int) -> object:
    """Return a value that any renderer can write; what is nested too deep or is no plain value becomes its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return printable(value)
    if depth and isinstance(value, dict):
        return {printable(str(key)): clean(one, depth - 1) for key, one in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [clean(one, depth - 1) for one in value]
    return printable(str(value))
