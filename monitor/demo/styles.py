"""The checks of the demonstration: how each kind of door is looked at, and what it answers when all is well."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.demo import answer
from monitor.demo.answer import Behaviour, always, published
from monitor.demo.entry import Entry

HOUR_SECONDS = 3600
WELL = always(answer.OK)


class Style(StrEnum):
    """A way in which a system of the country answers."""

    PING = "ping"
    """HTTP, JSON, status 200."""
    LOOKUP = "lookup"
    """A query through the hubs to a provider."""
    TOKEN = "token"  # noqa: S105
    """OAuth2 client credentials."""
    LOGIN = "login"
    """The public service portal's adapter: ``error_code`` in a 200."""
    EXCHANGE = "exchange"
    """e-document exchange: ``status`` in a 200."""
    SOAP = "soap"
    RECORDS = "records"
    """A document that says how new the newest record is."""
    CONTRACT = "contract"
    """An OpenAPI document that must stay what was agreed on."""
    GREETING = "greeting"
    """A line of text on a TCP connection."""
    NAME = "name"
    """A DNS name."""
    CERTIFICATE = "certificate"
    TIME = "time"
    """A time server."""
    PEOPLE = "people"
    """A directory, over LDAP."""
    EVENTS = "events"
    """A WebSocket."""
    COORDINATION = "coordination"
    """gRPC."""
    SENSORS = "sensors"
    """Datagrams."""
    MAIL = "mail"
    """A conversation over SMTP."""
    SPOOL = "spool"
    """A program of the Nagios plugin API."""
    BACKUP = "backup"
    """Something that reports in by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a style is looked at.

    Attributes:
        path: Below the system's address; empty for what is no HTTP.
        options: The ``with:`` of its check; ``${…}`` are variables of the system.
        well: What the path answers when all is well.
    """

    probe: str
    options: Entry
    path: str = ""
    well: Behaviour = WELL


LOOKS: Mapping[Style, Look] = {
    Style.PING: Look(
        probe="http",
        path="/ping",
        options={"target": "${base}/ping", "fail_if_body_not_matches_regexp": ['"status":\\s*"OK"']},
    ),
    Style.LOOKUP: Look(
        probe="http",
        path="/lookup",
        options={
            "target": "${base}/lookup",
            "fail_if_body_not_matches_regexp": ['"status":\\s*"OK"'],
            "degraded_over": "2s",
        },
    ),
    Style.TOKEN: Look(
        probe="http",
        path="/token",
        options={
            "target": "${base}/token",
            "method": "POST",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": "grant_type=client_credentials",
            "fail_if_body_not_matches_regexp": ['"access_token"'],
        },
        well=always(answer.TOKEN),
    ),
    Style.LOGIN: Look(
        probe="http",
        path="/login",
        options={
            "target": "${base}/login",
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": '{"username": "giam-sat"}',
            "fail_if_body_not_matches_regexp": ['"error_code":\\s*0'],
        },
        well=always(answer.LOGGED_IN),
    ),
    Style.EXCHANGE: Look(
        probe="http",
        path="/edxml",
        options={"target": "${base}/edxml", "fail_if_body_not_matches_regexp": ['"status":\\s*"OK"']},
    ),
    Style.SOAP: Look(
        probe="http",
        path="/soap",
        options={
            "target": "${base}/soap",
            "method": "POST",
            "headers": {"Content-Type": "text/xml; charset=utf-8"},
            "body": "<status/>",
            "fail_if_body_matches_regexp": ["<soap:Fault>"],
        },
        well=always(answer.SOAP),
    ),
    Style.RECORDS: Look(
        probe="freshness",
        path="/newest",
        options={"url": "${data}/newest", "max_age": "24h"},
        well=published(2 * HOUR_SECONDS),
    ),
    Style.CONTRACT: Look(
        probe="contract",
        path="/openapi.json",
        options={"url": "${base}/openapi.json", "format": "openapi", "approved": "${approved}"},
        well=always(answer.AGREED),
    ),
    Style.GREETING: Look(
        probe="tcp", options={"target": "${host}", "query_response": [{"expect": "^220 "}, {"send": "QUIT"}]}
    ),
    Style.NAME: Look(probe="dns", options={"target": "${resolver}", "query_name": "${domain}", "query_type": "A"}),
    Style.CERTIFICATE: Look(
        probe="tls", options={"target": "${host}", "degraded_days": 21, "tls_config": {"ca_file": "${ca}"}}
    ),
    Style.TIME: Look(probe="ntp", options={"target": "${clock}"}),
    Style.PEOPLE: Look(
        probe="ldap",
        options={"target": "${directory}", "search": {"base": "${people}", "scope": "sub", "min_entries": 1}},
    ),
    Style.EVENTS: Look(
        probe="websocket",
        options={"target": "ws://${events}/${place}", "query_response": [{"expect": '"type":\\s*"event"'}]},
    ),
    Style.COORDINATION: Look(probe="grpc", options={"target": "${coordination}", "service": "${place}"}),
    Style.SENSORS: Look(probe="udp", options={"target": "${sensors}", "send": "ping ${place}", "expect": "^pong "}),
    Style.MAIL: Look(
        probe="tcp",
        options={
            "target": "${mail}",
            "query_response": [
                {"expect": "^220 ", "send": "EHLO ${mailer}\r"},
                {"expect": "^250 ", "send": "QUIT\r"},
                {"expect": "^221 "},
            ],
        },
    ),
    Style.SPOOL: Look(
        probe="exec",
        options={
            "target": "127.0.0.1",
            "command": ["/bin/sh", "${program}", "${spools}/${place}", "50", "100"],
            "readings": {"waiting": {"name": "waiting_documents"}},
        },
    ),
    Style.BACKUP: Look(
        probe="heartbeat",
        options={
            "token": {"file": "${token}"},
            "interval": "1m",
            "grace": "30s",
            "readings": {"copied_bytes": "gauge"},
        },
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A named list of checks.

    Attributes:
        why: What it is for: the comment above it.
        secure: Whether its HTTP goes over TLS.
    """

    why: str
    styles: tuple[Style, ...]
    secure: bool = False


TEMPLATES: Mapping[str, Template] = {
    "lgsp": Template(why="A sharing platform: its door and its token service.", styles=(Style.PING, Style.TOKEN)),
    "secure-service": Template(
        why="A service behind HTTPS: its door, and its certificate, degraded three weeks before its end.",
        styles=(Style.PING, Style.CERTIFICATE),
        secure=True,
    ),
    "web-service": Template(why="A service behind HTTP.", styles=(Style.PING,)),
    "connection": Template(why="A query all the way, through the hubs to the provider.", styles=(Style.LOOKUP,)),
    "adapter": Template(
        why="An adapter like that of the public service portal: 200 is no proof of up.", styles=(Style.LOGIN,)
    ),
    "secure-adapter": Template(why="The same behind HTTPS.", styles=(Style.LOGIN,), secure=True),
    "document-exchange": Template(why="e-document exchange: the body says OK or FAIL.", styles=(Style.EXCHANGE,)),
    "soap-service": Template(why="SOAP: a Fault is an answer too.", styles=(Style.SOAP,)),
    "records": Template(why="Data that must be new.", styles=(Style.RECORDS,)),
    "contract": Template(why="An interface that must stay what was agreed on.", styles=(Style.CONTRACT,)),
    "greeting": Template(why="A line of text on a TCP port.", styles=(Style.GREETING,)),
    "name": Template(why="A name that must resolve.", styles=(Style.NAME,)),
    "data-centre": Template(
        why="What a data centre runs beside its web services; its backup reports in by itself.",
        styles=(
            Style.TIME,
            Style.PEOPLE,
            Style.EVENTS,
            Style.COORDINATION,
            Style.SENSORS,
            Style.MAIL,
            Style.SPOOL,
            Style.BACKUP,
        ),
    ),
    "commune": Template(
        why="The desk of a commune.",
        styles=(Style.PING, Style.LOGIN, Style.EXCHANGE, Style.TOKEN, Style.SOAP),
    ),
}
"""The templates of the demonstration's configuration."""
