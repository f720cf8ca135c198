"""The default gateway is read from the kernel's own tables."""

from ipaddress import IPv4Address

from monitor.engine.gateway import Gateway, default_gateway, has_answered, has_carrier

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t000A0A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t00000000\t010A0A0A\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""
NEIGHBOURS = """IP address       HW type     Flags       HW address            Mask     Device
10.10.10.1       0x1         0x2         02:42:ac:11:00:02     *        eth0
10.10.10.9       0x1         0x0         00:00:00:00:00:00     *        eth0
"""


def test_the_default_route_names_the_gateway():
    assert default_gateway(ROUTES) == Gateway(IPv4Address("10.10.10.1"), "eth0")


def test_without_a_default_route_there_is_none():
    assert default_gateway("\n".join(ROUTES.splitlines()[:2])) is None
    assert default_gateway("") is None


def test_a_neighbour_with_a_hardware_address_has_answered():
    assert has_answered(NEIGHBOURS, Gateway(IPv4Address("10.10.10.1"), "eth0")) is True
    assert has_answered(NEIGHBOURS, Gateway(IPv4Address("10.10.10.9"), "eth0")) is False
    assert has_answered(NEIGHBOURS, Gateway(IPv4Address("10.10.10.1"), "eth1")) is None
    assert has_answered("", Gateway(IPv4Address("10.10.10.1"), "eth0")) is None


def test_a_link_is_plugged_in_or_not(tmp_path):
    for name, text in (("up", "1\n"), ("unplugged", "0\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "carrier").write_text(text)
    (tmp_path / "off").mkdir()
    (tmp_path / "off" / "carrier").mkdir()

    assert has_carrier("up", tmp_path) is True
    assert has_carrier("unplugged", tmp_path) is False
    assert has_carrier("off", tmp_path) is False
    assert has_carrier("absent", tmp_path) is None
