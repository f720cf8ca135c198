"""A plugin's plain dataclass is filled strictly, though its author did nothing for it."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import pytest
from pydantic import ValidationError

from monitor.plugin import (
    Duration,
    HostPort,
    Pattern,
    Row,
    Secret,
    SecretFile,
    Size,
    Source,
    SourceKind,
    TlsConfig,
    Url,
    Vantage,
)
from monitor.plugin.form import form, secrets_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    secret: Secret
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Probe:
    url: Url
    max_age: Duration = timedelta(days=1)
    size: Size = 1024
    at: HostPort | None = None
    patterns: tuple[Pattern, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    tls_config: TlsConfig = field(default_factory=TlsConfig)
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    colour: Colour = Colour.RED
    since: date | None = None
    ratio: float = 0.5
    is_on: bool = True

    def __post_init__(self) -> None:
        if self.ratio > 1:
            raise ValueError("ratio is more than 1")


@dataclass(frozen=True, kw_only=True)
class Table:
    name: str
    token: Secret | None = None

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        yield {}


@dataclass(frozen=True, kw_only=True)
class Reader:
    source: Source
    limit: int = 5


SOURCES = {"table": SourceKind("table", Table)}


def fill(settings: object, filled: type = Probe) -> object:
    return form(filled).fill(json.dumps(settings), SOURCES)


def wrong(settings: object, filled: type = Probe) -> dict[tuple[object, ...], str]:
    with pytest.raises(ValidationError) as caught:
        fill(settings, filled)
    return {error["loc"]: error["type"] for error in caught.value.errors()}


def test_every_field_type_is_filled():
    probe = fill(
        {
            "url": "https://a.example/",
            "max_age": "1h30m",
            "size": "2MiB",
            "at": "[::1]:53",
            "patterns": ["a+"],
            "headers": {"a": "b"},
            "tls_config": {"min_version": "TLS12"},
            "inner": {"secret": {"file": "/run/a"}},
            "inners": [{"secret": {"env": "A"}, "count": 2}],
            "colour": "red",
            "since": "2026-05-04",
            "ratio": 1,
            "is_on": False,
        }
    )

    assert probe == Probe(
        url="https://a.example/",
        max_age=timedelta(minutes=90),
        size=2 * 1024**2,
        at=HostPort("::1", 53),
        patterns=(Pattern("a+"),),
        headers={"a": "b"},
        tls_config=TlsConfig(min_version="TLS12"),
        inner=Inner(secret=Secret(file="/run/a")),
        inners=(Inner(secret=Secret(env="A"), count=2),),
        since=date(2026, 5, 4),
        ratio=1.0,
        is_on=False,
    )


def test_defaults_stay():
    assert fill({"url": "https://a.example/"}) == Probe(url="https://a.example/")


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"urll": "x"}, ("urll",)),
        ({"tls_config": {"servername": "x"}}, ("tls_config", "servername")),
        ({"inner": {"secret": {"file": "a"}, "cuont": 1}}, ("inner", "cuont")),
        ({"inners": [{"secret": {"file": "a", "path": "b"}}]}, ("inners", 0, "secret", "path")),
    ],
)
def test_unknown_keys_are_refused_at_any_depth(settings, place):
    assert wrong({"url": "https://a.example/", **settings})[place] == "unexpected_keyword_argument"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ratio", "0.5"), ("is_on", "false"), ("is_on", 1), ("headers", {"a": 1}), ("since", 20260504),
        ("colour", "blue"), ("patterns", "a+"), ("tls_config", None), ("inner", []), ("size", 10), ("max_age", 10),
        ("at", "a"),
    ],
)  # fmt: skip
def test_wrong_types_are_refused(name, value):
    assert [place[0] for place in wrong({"url": "https://a.example/", name: value})] == [name]


def test_all_problems_are_found_at_once():
    assert set(wrong({"max_age": "x", "size": 1, "zzz": 1})) == {("url",), ("max_age",), ("size",), ("zzz",)}


def test_what_post_init_refuses_is_a_problem_of_the_whole():
    assert wrong({"url": "https://a.example/", "ratio": 2}) == {(): "value_error"}


def test_class_of_the_plugin_is_left_as_it_is():
    before = set(vars(Probe))

    form(Probe)

    assert set(vars(Probe)) == before


def test_text_of_an_error_does_not_repeat_the_input():
    with pytest.raises(ValidationError) as caught:
        fill({"url": "https://admin:hunter2@a.example/", "inner": {"secret": "hunter2"}})

    assert "hunter2" not in str(caught.value)


def test_source_is_filled_by_its_kind():
    used: set[str] = set()

    reader = form(Reader).fill('{"source": {"table": {"name": "people"}}}', SOURCES, used)

    assert reader == Reader(source=Table(name="people"))
    assert used == {"table"}


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"tables": {}}, ("source",)),
        ({}, ("source",)),
        ({"table": {}, "sql": {}}, ("source",)),
        ("table", ("source",)),
        ({"table": {"name": 5}}, ("source", "table", "name")),
        ({"table": {"name": "a", "colour": 1}}, ("source", "table", "colour")),
        ({"table": []}, ("source", "table", "name")),
        ({"table": None}, ("source", "table", "name")),
    ],
)
def test_wrong_source_is_refused_at_its_place(source, place):
    assert place in wrong({"source": source}, Reader)


def test_form_knows_whether_a_source_is_among_the_fields():
    assert form(Reader).has_source
    assert not form(Probe).has_source


def test_host_is_that_of_the_first_field_that_names_one():
    assert form(Probe).host(fill({"url": "https://A.example:8443/", "at": "b.example:1"})) == "a.example"
    assert form(Reader).host(fill({"source": {"table": {"name": "a"}}}, Reader)) == ""


def test_secrets_are_found_wherever_they_are():
    probe = fill(
        {
            "url": "https://a.example/",
            "inner": {"secret": {"file": "/a"}},
            "inners": [{"secret": {"env": "B"}}, {"secret": {"credential": "c"}}],
        }
    )

    assert list(secrets_of(probe)) == [Secret(file="/a"), Secret(env="B"), Secret(credential="c")]
    assert list(secrets_of(Reader(source=Table(name="a", token=Secret(env="T"))))) == [Secret(env="T")]


def test_field_that_configuration_cannot_fill_is_named():
    @dataclass(frozen=True)
    class Odd:
        loop: "asyncio.AbstractEventLoop"  # noqa: F821 - a name that is not there

    class Opaque: ...

    @dataclass(frozen=True)
    class Strange:
        thing: Opaque

    for odd in (Odd, Strange):
        with pytest.raises(TypeError):
            form(odd)


def test_json_schema_refuses_unknown_keys_and_writes_defaults_as_a_file_would():
    schema = form(Probe).json_schema()

    assert schema["additionalProperties"] is False
    assert schema["required"] == ["url"]
    assert schema["properties"]["max_age"]["default"] == "1d"
    assert schema["properties"]["size"]["default"] == "1KiB"
    assert schema["$defs"]["Inner"]["additionalProperties"] is False


@dataclass(frozen=True, kw_only=True)
class Login:
    password_file: SecretFile


def test_path_of_a_secret_is_a_secret():
    login = form(Login).fill('{"password_file": "/run/a"}')

    assert login == Login(password_file=Secret(file="/run/a"))
    assert list(secrets_of(login)) == [Secret(file="/run/a")]


@pytest.mark.parametrize("value", ['""', "5", "null", '{"file": "/a"}', '"/a\\nb"'])
def test_what_is_no_path_of_a_secret_is_refused(value):
    with pytest.raises(ValidationError, match="not the path of a file"):
        form(Login).fill(f'{{"password_file": {value}}}')
