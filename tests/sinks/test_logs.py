"""Whatever is logged, a line is one line without control characters, as JSON or on a terminal."""

import io
import json
import logging

import pytest
import structlog

from monitor.settings import LogFormat
from monitor.sinks.logs import configure

HOSTILE = 'x\x1b[31m\n{"event":"fake"}\r\u202e\x9b\ud800\u2028 end'


@pytest.fixture
def restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    access, own = logging.getLogger("aiohttp.access").level, logging.getLogger("monitor").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("aiohttp.access").setLevel(access)
    logging.getLogger("monitor").setLevel(own)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def written(log_format, write, level="info", stream=None):
    stream = io.StringIO() if stream is None else stream
    configure(level, log_format, stream)
    write()
    return stream.getvalue()


def test_json_line_has_the_facts_as_keys(restored):
    text = written(LogFormat.JSON, lambda: structlog.get_logger("monitor").info("check.changed", new="down", after=1.5))

    line = json.loads(text)
    assert (line["event"], line["level"], line["logger"], line["new"], line["after"]) == (
        "check.changed",
        "info",
        "monitor",
        "down",
        1.5,
    )
    assert line["timestamp"].endswith("Z")


def test_vietnamese_stays_readable(restored):
    assert "Hà Nội" in written(LogFormat.JSON, lambda: structlog.get_logger("m").info("x.y", name="Hà Nội"))


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
@pytest.mark.parametrize(
    "facts",
    [
        {"detail": HOSTILE},
        {"nested": {HOSTILE: [HOSTILE, {"deeper": (HOSTILE,)}]}},
        {"thing": type("Thing", (), {"__repr__": lambda self: HOSTILE, "__str__": lambda self: HOSTILE})()},
        {HOSTILE: 1},
        {"bytes": HOSTILE.encode("utf-8", "replace")},
        {"logger_name": HOSTILE},
    ],
    ids=lambda facts: ascii(next(iter(facts)))[:12],
)
def test_hostile_text_breaks_no_line_and_reaches_no_terminal(restored, log_format, facts):
    text = written(log_format, lambda: structlog.get_logger("monitor").info("check.changed", **facts))

    assert len(text.splitlines()) == 1
    assert all(character.isprintable() for character in text.rstrip("\n"))
    text.encode()


def test_hostile_name_of_a_standard_logger_and_message_are_escaped_too(restored):
    text = written(LogFormat.JSON, lambda: logging.getLogger("aiohttp.server").error("bad request %s", HOSTILE))

    assert len(text.splitlines()) == 1
    assert json.loads(text)["logger"] == "aiohttp.server"
    assert json.loads(text)["event"].startswith("bad request x\\x1b[31m\\n{")


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_traceback_cannot_pass_for_a_line_of_its_own(restored, log_format):
    def write():
        try:
            raise ValueError("broken\x1b[2J\n2026-05-04 [warning] forged")
        except ValueError:
            structlog.get_logger("monitor").exception("check.plugin_failed")

    text = written(log_format, write)

    assert "\x1b[2J" not in text
    if log_format is LogFormat.JSON:
        assert len(text.splitlines()) == 1
        assert "ValueError" in json.loads(text)["exception"]
    else:
        assert "    2026-05-04 [warning] forged" in text.splitlines()
        assert all(line.startswith("    ") for line in text.splitlines()[2:])


def test_terminal_gets_colours_and_a_file_does_not(restored):
    def write():
        structlog.get_logger("monitor").warning("check.changed")

    assert "\x1b[" in written(LogFormat.AUTO, write, stream=Terminal())
    assert json.loads(written(LogFormat.AUTO, write))["event"] == "check.changed"
    assert "\x1b[" not in written(LogFormat.CONSOLE, write)


def test_level_holds_for_both_kinds_of_logger(restored):
    def write():
        structlog.get_logger("monitor").info("one.two")
        logging.getLogger("aiohttp.server").info("nothing")
        structlog.get_logger("monitor").warning("three.four")

    assert [json.loads(line)["event"] for line in written(LogFormat.JSON, write, "warning").splitlines()] == [
        "three.four"
    ]


def test_requests_are_not_logged_one_by_one(restored):
    assert written(LogFormat.JSON, lambda: logging.getLogger("aiohttp.access").info("GET /metrics")) == ""


def test_libraries_do_not_write_out_what_they_send_when_we_look_closely(restored):
    def write():
        logging.getLogger("hpack.hpack").debug("Adding (b'authorization', b'canary')")
        logging.getLogger("hpack.hpack").info("said by a library")
        structlog.get_logger("monitor.engine").debug("said by us")

    text = written(LogFormat.JSON, write, level="debug")

    assert [json.loads(line)["event"] for line in text.splitlines()] == ["said by a library", "said by us"]
