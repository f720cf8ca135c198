"""What comes from the child can only be values of ours: no other class, no function, no import."""

import os
import pickle
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config.pieces import AllRead, ChecksRead, PluginReport, PluginRuns, SettingsRead
from monitor.config.problem import Problem
from monitor.config.wire import LENGTH, framed, unframed
from monitor.inventory import Agency, AgencyClass, Check, Inventory, OneOffWindow, System, SystemKind, WeeklyWindow
from monitor.measure import Label, Measure, MeasureKind
from monitor.plugin import HostPort, Pattern, Secret, TlsConfig, Where
from monitor.plugin.remote import RemoteProbe, UnavailableProbe
from monitor.settings import Egress, PluginSettings, Settings, Web


def through(piece, modules=()):
    frame = framed(piece)
    assert LENGTH.unpack(frame[: LENGTH.size]) == (len(frame) - LENGTH.size,)
    return unframed(frame[LENGTH.size :], modules)


def check(probe: object) -> Check:
    return Check(
        id="a/b/c",
        kind="k",
        plugin="p",
        probe=probe,
        every=timedelta(seconds=1),
        timeout=timedelta(seconds=1),
        where=Where.WORKER,
        measures={"probe_a": Measure("probe_a_total", "A.", MeasureKind.TOTAL, (Label.of("x", "yz"),))},
    )


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


class Sneaky:
    def __reduce__(self):
        return getattr, (Path, "home")


class Zoned:
    def __reduce__(self):
        return getattr, (ZoneInfo, "from_file")


class Stranger:
    pass


@pytest.mark.parametrize(
    "piece",
    [
        PluginRuns("p"),
        SettingsRead(
            Settings(
                web=Web(address=ip_address("::1"), hosts=frozenset({"a"})),
                egress=Egress(allow=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))),
                plugins={"p": PluginSettings()},
            )
        ),
        ChecksRead((check(RemoteProbe(plugin="p", kind="k", settings="{}", secrets=(Secret(env="A"),))),)),
        ChecksRead((check(UnavailableProbe("no")), check(Pattern("a+")), check(HostPort("a", 1)), check(TlsConfig()))),
        AllRead(
            Inventory(
                agencies={"a": Agency(id="a", agency_class=AgencyClass.CITY, name="A")},
                systems={
                    "a/b": System(
                        id="a/b",
                        agency="a",
                        kind=SystemKind.HUB,
                        name="B",
                        maintenance=(
                            WeeklyWindow(days=frozenset({1}), start=time(22), length=timedelta(hours=1)),
                            OneOffWindow(
                                start=datetime(2026, 5, 4, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")),
                                length=timedelta(hours=1),
                            ),
                            OneOffWindow(start=datetime(2026, 5, 4, tzinfo=UTC), length=timedelta(hours=1)),
                        ),
                    )
                },
                time_zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            ),
            (Problem(file="a", message="b"),),
            (PluginReport(name="p"),),
        ),
    ],
)
def test_every_piece_arrives_as_it_was_sent(piece):
    assert through(piece) == piece


@pytest.mark.parametrize("evil", [Evil(), Sneaky(), Zoned(), Stranger(), os.system, Stranger, print, date.today])
def test_anything_else_is_refused(evil, capfd):
    with pytest.raises(pickle.UnpicklingError):
        through(ChecksRead((check(evil),)))


@pytest.mark.parametrize("value", [5, "text", None, [], Settings(), timedelta(1)])
def test_value_that_is_no_piece_is_refused(value):
    with pytest.raises(pickle.UnpicklingError, match="is not a piece"):
        unframed(pickle.dumps(value), ())


@pytest.mark.parametrize("body", [b"", b"nonsense", pickle.dumps(PluginRuns("p"))[:-5], b"\x80\x05\x8c\xff"])
def test_broken_pickle_is_refused(body):
    with pytest.raises(pickle.UnpicklingError):
        unframed(body, ())


def test_class_of_a_plugin_is_made_only_when_the_plugin_is_admitted():
    from sample_kinds import Http

    piece = ChecksRead((check(Http(target="https://a.example/")),))

    assert through(piece, {"sample_kinds"}) == piece
    with pytest.raises(pickle.UnpicklingError, match=r"sample_kinds\.Http has no place"):
        through(piece)


def test_function_of_an_admitted_plugin_is_still_refused():
    import sample_kinds

    with pytest.raises(pickle.UnpicklingError, match="has no place"):
        through(ChecksRead((check(sample_kinds.monitor_kinds),)), {"sample_kinds"})
