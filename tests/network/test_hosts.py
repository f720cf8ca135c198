"""/etc/hosts counts, is read again when it changes, and hostile lines in it do no harm."""

from ipaddress import ip_address

from monitor.network import hosts
from monitor.network.hosts import HostTable, parse


def test_lines_are_read():
    table = parse("127.0.0.1 localhost # here\n\n::1\tlocalhost  Two.Example.\nnonsense a\n192.0.2.1\n# 10.0.0.1 b\n")

    assert table == {
        "localhost": (ip_address("127.0.0.1"), ip_address("::1")),
        "two.example": (ip_address("::1"),),
    }


def test_a_change_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(hosts, "LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "hosts"
    path.write_text("192.0.2.1 a.example\n")
    table = HostTable(path)
    before = table.lookup("a.example")

    path.write_text("192.0.2.22 a.example\n")

    assert (before, table.lookup("a.example")) == ((ip_address("192.0.2.1"),), (ip_address("192.0.2.22"),))


def test_localhost_is_this_machine_even_without_the_file(tmp_path):
    found = HostTable(tmp_path / "missing").lookup("localhost")

    assert found == (ip_address("127.0.0.1"), ip_address("::1"))
