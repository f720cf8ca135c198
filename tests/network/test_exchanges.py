"""Connections are found by the names they have elsewhere; one that two of them share is the name of none."""

from monitor.inventory import Connection, Inventory
from monitor.network.exchanges import KnownExchanges
from monitor.plugin.exchange import Exchange


def connection(name, **external_ids):
    return Connection(
        id=f"ha-noi/{name}", agency="ha-noi", consumer="ha-noi", provider="bo-cong-an/db", external_ids=external_ids
    )


def inventory(*connections):
    return Inventory(connections={one.id: one for one in connections})


def test_connection_is_found_by_its_name_in_each_system():
    known = KnownExchanges()

    known.replace(inventory(connection("a", wso2="HNI-A", xroad="x"), connection("b", wso2="HNI-B")))

    assert known.of("wso2") == {
        "HNI-A": Exchange(connection="ha-noi/a", consumer="ha-noi", service="bo-cong-an/db"),
        "HNI-B": Exchange(connection="ha-noi/b", consumer="ha-noi", service="bo-cong-an/db"),
    }
    assert list(known.of("xroad")) == ["x"]
    assert known.of("other") == {}


def test_name_of_two_connections_is_the_name_of_none():
    known = KnownExchanges()

    known.replace(inventory(connection("a", wso2="X"), connection("b", wso2="X"), connection("c", wso2="Y")))

    assert list(known.of("wso2")) == ["Y"]
    assert known.shared == {("wso2", "X")}


def test_names_that_did_not_change_stay_the_same_object():
    known = KnownExchanges()
    known.replace(inventory(connection("a", wso2="X", xroad="x")))
    before = known.of("wso2"), known.of("xroad")

    known.replace(inventory(connection("a", wso2="X", xroad="y")))

    assert known.of("wso2") is before[0]
    assert known.of("xroad") is not before[1]
