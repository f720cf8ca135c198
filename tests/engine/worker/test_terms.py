"""A plugin's process works under the same policy as the daemon, told to it over the wire."""

from datetime import timedelta
from ipaddress import ip_network

from monitor.engine.worker.terms import Terms
from monitor.engine.worker.wire import Frames, frame
from monitor.settings import Egress, Nameservers, PluginSettings, Settings

SETTINGS = Settings(
    vantage="north",
    egress=Egress(
        allow=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")), deny=(ip_network("10.1.0.0/16"),), sockets=("/run/a",)
    ),
    nameservers=Nameservers(servers=("10.0.0.53",), timeout=timedelta(milliseconds=1500), tries=3),
    plugins={"acme": PluginSettings(memory_bytes=5, cpu_seconds=1.5, in_flight=7), "other": PluginSettings()},
    log_level="debug",
)


def test_terms_survive_the_wire():
    terms = Terms.of("acme", SETTINGS, ("/one", "/two"))

    [message] = Frames().feed(frame(terms.message()))

    assert Terms.read(message) == terms


def test_network_of_the_process_is_under_the_policy_of_the_daemon():
    settings = Terms.of("acme", SETTINGS, ()).settings()

    assert (settings.vantage, settings.egress, settings.nameservers) == (
        SETTINGS.vantage,
        SETTINGS.egress,
        SETTINGS.nameservers,
    )


def test_plugin_is_told_nothing_of_others():
    assert set(Terms.of("acme", SETTINGS, ()).settings().plugins) == {"acme"}
