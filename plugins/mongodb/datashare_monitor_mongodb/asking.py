"""Asks a MongoDB server once, through pymongo, aside. Not yet tried against a live server.

Refused, stalled and noisy servers are tested. The one server named is asked (``directConnection``): what it says of
other members of its replica set is not followed.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from datashare_monitor_mongodb.database import OVERHEAD_BYTES, Database
from datashare_monitor_mongodb.frames import Frames
from datashare_monitor_mongodb.question import read_filter, read_pipeline
from monitor.plugin import ProbeError, Reason, Row, Vantage
from monitor.plugin.cells import NoCell, cell_of
from monitor.plugin.drivers import Aside

CODES = {
    13: (Reason.FORBIDDEN, "the account may not read this"),
    18: (Reason.UNAUTHORIZED, "the login was refused"),
    8000: (Reason.UNAUTHORIZED, "the login was refused"),
    11: (Reason.UNAUTHORIZED, "there is no such account"),
    26: (Reason.CONTENT, "there is no such collection"),
    50: (Reason.SLOW, "the question ran into its time limit"),
    91: (Reason.SERVICE_FAULT, "the server is shutting down"),
    11600: (Reason.SERVICE_FAULT, "the server is shutting down"),
    13436: (Reason.SERVICE_FAULT, "the server is neither primary nor secondary"),
}
"""Error codes of the server; its words are left out, because they may quote documents."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        took: Seconds from asking to the last document; 0 when nothing was asked.
    """

    rows: tuple[Row, ...]
    took: float
    is_primary: bool


async def answered(database: Database, vantage: Vantage) -> Answer:
    """Return the answer.

    Raises:
        ProbeError: There is none, or it is more than the check allows.
        OSError: No connection; ``ssl.SSLError`` when TLS failed.
    """
    password = "" if database.password is None else vantage.reveal(database.password)
    seconds = max(0.05, vantage.deadline - time.monotonic())
    run: Aside[Answer] = Aside(
        vantage,
        lambda aside: _ask(aside, database, password, seconds),
        most_bytes=database.max_bytes + OVERHEAD_BYTES,
        tls=vantage.tls(database.tls_config) if database.tls else None,
        server_name=database.tls_config.server_name,
        guard=Frames,
        ends_at_fault=True,
        preferred_ip_protocol=database.preferred_ip_protocol,
        ip_protocol_fallback=database.ip_protocol_fallback,
    )
    return await run.run()


async def _ask(run: Aside[Answer], database: Database, password: str, seconds: float) -> Answer:
    from pymongo import AsyncMongoClient
    from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

    milliseconds = round(seconds * 1000)
    login: dict[str, Any] = {"username": database.user, "password": password, "authSource": database.auth_source}
    client: Any = AsyncMongoClient(
        database.target.host,
        database.target.port,
        **(login if database.user else {}),
        directConnection=True,
        tls=database.tls,
        serverSelectionTimeoutMS=max(1, milliseconds - 50),
        connectTimeoutMS=milliseconds + 1000,
        socketTimeoutMS=milliseconds + 1000,
        maxPoolSize=1,
        retryReads=False,
        readPreference="secondaryPreferred",
        serverMonitoringMode="poll",
        appname="datashare-monitor",
        tz_aware=True,
    )
    try:
        hello = await client.admin.command("hello")
        await client.admin.command("ping")
        rows, took = await _found(client, run, database, milliseconds)
        return Answer(rows, took, hello.get("isWritablePrimary") is True)
    except OperationFailure as error:
        reason, words = CODES.get(error.code or 0, (Reason.SERVICE_FAULT, "the question failed"))
        raise ProbeError(reason, f"{words} ({error.code})") from None
    except ServerSelectionTimeoutError as error:
        if "closed" in str(error):
            raise ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did") from None
        raise ProbeError(Reason.TIMEOUT, "no answer in time") from None
    except ProbeError:
        raise
    except PyMongoError as error:
        raise ProbeError(Reason.DISCONNECTED, f"the connection failed ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001 - foreign code over what a server sends
        raise ProbeError(Reason.PROTOCOL, f"the answer cannot be read ({type(error).__name__})") from None
    finally:
        await _close(client)


async def _close(client: Any) -> None:
    """Close a client for good, also when the run is cut off amid that: what is left over then needs no server."""
    try:
        await client.close()
    except asyncio.CancelledError:
        await client.close()
        raise


async def _found(
    client: Any, run: Aside[Answer], database: Database, milliseconds: int
) -> tuple[tuple[Row, ...], float]:
    if not database.collection:
        return (), 0.0
    run.turn("query")
    began = time.perf_counter()
    collection, most = client[database.database][database.collection], database.max_rows + 1
    if database.pipeline is not None:
        stages = [*read_pipeline(database.pipeline), {"$limit": most}]
        cursor = await collection.aggregate(stages, maxTimeMS=milliseconds, allowDiskUse=False)
    else:
        cursor = collection.find(read_filter(database.filter or "{}"), limit=most, max_time_ms=milliseconds)
    documents = await cursor.to_list(most)
    if len(documents) > database.max_rows:
        raise ProbeError(Reason.TOO_LARGE, f"more than {database.max_rows} documents; ask for fewer, or raise max_rows")
    return tuple(_row(one, database) for one in documents), time.perf_counter() - began


def _row(document: Any, database: Database) -> Row:
    """Return a document as a row: what is itself a document or a list is left out."""
    cells = ((str(name), cell_of(_plain(value), None, database.max_cell)) for name, value in document.items())
    return {name: cell for name, cell in cells if not isinstance(cell, NoCell)}


def _plain(value: Any) -> Any:
    from bson import Decimal128, ObjectId

    if isinstance(value, Decimal128):
        return value.to_decimal()
    return str(value) if isinstance(value, ObjectId) else value
