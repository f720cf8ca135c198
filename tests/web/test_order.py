"""Promise: the order is that of the ids, whatever the order of the files, and is worked out once."""

from web.pretend import check, inventory, scene

from monitor.web.order import Order, order_of
from monitor.web.routes import application


async def test_order_is_that_of_the_ids_even_where_agencies_share_a_beginning():
    ids = ["hue/b/c", "hue-a/b/c", "hue/a/z", "hue-a/a/a", "hue0/x/y"]

    found = await Order(inventory(*map(check, ids))).checks()

    assert found == sorted(found)
    assert set(ids) <= set(found)


async def test_order_is_made_anew_for_another_inventory_only():
    stage = scene()
    app = application(stage.running())
    first = order_of(app)

    same = order_of(app)
    stage.inventory = inventory(check("hue/a/b"))
    other = order_of(app)

    assert first is same
    assert other is not first
    assert "hue/a/b" in await other.checks()
