"""Promise: whoever reads a verdict knows whose the target is and whom to call."""

from web.pretend import check, inventory

from monitor.cli.owner import title_of, who_acts
from monitor.inventory import Inventory
from monitor.observation import FaultDomain

HELD = inventory()
LOOKUP, HUB = check("ha-noi/population/lookup"), check("ha-noi/lgsp/api")


def test_connection_is_told_by_its_way():
    way = "Hà Nội → Nền tảng chia sẻ dữ liệu Hà Nội → Cơ sở dữ liệu quốc gia về dân cư"

    assert title_of(LOOKUP, HELD) == f"{way} · Hà Nội"


def test_provider_of_a_connection_is_the_system_at_its_end():
    assert who_acts(FaultDomain.PROVIDER, LOOKUP, HELD) == "the provider, Cơ sở dữ liệu quốc gia về dân cư"
    assert "Trực ban" in who_acts(FaultDomain.CONSUMER, LOOKUP, HELD)


def test_system_is_its_owners():
    assert who_acts(FaultDomain.PROVIDER, HUB, HELD).startswith("the provider: Trực ban, ")
    assert title_of(HUB, HELD) == "Nền tảng chia sẻ dữ liệu Hà Nội · Hà Nội"


def test_target_that_nobody_owns_is_said_to_be_so():
    assert who_acts(FaultDomain.PROVIDER, HUB, Inventory()) == "the provider, whoever runs the target"
    assert who_acts(FaultDomain.MONITOR, HUB, HELD) == "the monitor itself: whoever runs it"
    assert who_acts(FaultDomain.NETWORK, HUB, Inventory()) == "the network between here and the target"
    assert title_of(HUB, Inventory()) == ""
