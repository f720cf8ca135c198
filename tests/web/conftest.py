"""Connections are tested on both event loops: uvloop's transports are not asyncio's."""

import asyncio

import uvloop

ON_BOTH = ("test_connection.py", "test_scrape.py", "test_listener.py", "test_reception.py")


def pytest_asyncio_loop_factories(item):
    if item.path.parent.name == "web" and item.path.name in ON_BOTH:
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}
