"""Every key of monitor.yaml reaches the settings, and what is left out keeps its default."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from config.landscape import loaded, write
from config.test_schema import EVERY_SETTING

from monitor.settings import (
    Egress,
    History,
    LogFormat,
    Nameservers,
    Newest,
    Placement,
    PluginSettings,
    Settings,
    Slots,
    Web,
    Witnesses,
)


def settings(tmp_path, text: str) -> Settings:
    found = loaded(write(tmp_path, {"monitor.yaml": text}))
    assert not any(problem.is_error for problem in found.problems), found.problems
    return found.settings


def test_every_setting_is_read(tmp_path):
    (tmp_path / "web.yaml").write_text("{}\n")

    assert settings(tmp_path, EVERY_SETTING) == Settings(
        vantage="dc-1",
        web=Web(
            address=ip_address("::1"),
            port=9664,
            config_file="web.yaml",
            hosts=frozenset({"a.example"}),
            origins=frozenset({"https://a.example"}),
            samples_per_slice=5000,
        ),
        egress=Egress(
            allow=(ip_network("10.0.0.0/8"),),
            deny=(ip_network("10.1.0.0/16"),),
            proxy="http://proxy.example:3128",
            sockets=("/run/postgresql",),
        ),
        nameservers=Nameservers(servers=("10.0.0.53",), timeout=timedelta(seconds=2), tries=2),
        slots=Slots(process=10, agency=5, host=1),
        witnesses=Witnesses(gateway=False, resolver=True, peers=(("a.example", 443),)),
        history=History(is_kept=True, path="/var/lib/datashare-monitor/history.db"),
        newest=Newest(outcomes=5, failures=5, memory_bytes=1024 * 1024),
        plugins={
            "sample": PluginSettings(run=Placement.WORKER, memory_bytes=64 * 1024 * 1024, cpu_seconds=5.0, in_flight=3)
        },
        log_level="debug",
        log_format=LogFormat.JSON,
        beat=timedelta(milliseconds=20),
        lag=timedelta(milliseconds=250),
    )


def test_empty_file_takes_every_default(tmp_path):
    assert settings(tmp_path, "{}") == Settings()


def test_name_servers_may_have_ports(tmp_path):
    found = settings(tmp_path, "nameservers: {servers: ['10.0.0.53:5353', '2001:db8::1', '[2001:db8::1]:53']}")

    assert found.nameservers.servers == ("10.0.0.53:5353", "2001:db8::1", "[2001:db8::1]:53")


def test_single_address_is_a_network(tmp_path):
    assert settings(tmp_path, "egress: {allow: [10.0.0.1]}").egress.allow == (ip_network("10.0.0.1/32"),)


def test_settings_survive_an_error_elsewhere(tmp_path):
    found = loaded(write(tmp_path, {"monitor.yaml": "vantage: dc-1\nlog: {level: loud, format: json}\nlisten: x\n"}))

    assert found.inventory is None
    assert found.settings == Settings(vantage="dc-1", log_format=LogFormat.JSON)


def test_history_is_kept_where_it_is_told_or_in_the_state_directory_unless_switched_off():
    assert History().file(None) is None
    assert History().file("/var/lib/a:/var/lib/b") == "/var/lib/a/history.db"
    assert History(path="/srv/history.db").file("/var/lib/a") == "/srv/history.db"
    assert History(is_kept=False, path="/srv/history.db").file("/var/lib/a") is None
