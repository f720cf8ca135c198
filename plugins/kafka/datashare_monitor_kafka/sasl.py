"""A login with SASL: PLAIN or SCRAM."""

import asyncio
import binascii
import re
from dataclasses import dataclass
from typing import Literal

from aiokafka.conn import ScramAuthenticator
from aiokafka.protocol.admin import SaslAuthenticateRequest, SaslHandShakeRequest

from datashare_monitor_kafka.faults import refuse
from datashare_monitor_kafka.wire import Wire
from monitor.plugin import ProbeError, Reason, Secret

MOST_ITERATIONS = 100_000
"""Kafka's own limit is 16,384; a broker that wants a billion would keep a processor busy for minutes."""
ITERATIONS = re.compile(r"(?:^|,)i=([0-9]{1,9})(?:,|$)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Sasl:
    """A login.

    Attributes:
        mechanism: SCRAM does not send the password; PLAIN does.
        username: Who we are.
        password: The password.
    """

    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    username: str
    password: Secret

    def __post_init__(self) -> None:
        if not self.username or "\0" in self.username:
            raise ValueError("username is empty; write who logs in")


async def log_in(wire: Wire, sasl: Sasl, password: str) -> None:
    """Log in.

    Raises:
        ProbeError: The broker refuses, or does not keep to the mechanism.
        OSError: The connection broke.
    """
    shaken = await wire.ask(SaslHandShakeRequest(sasl.mechanism))
    refuse(shaken["error_code"])
    if sasl.mechanism == "PLAIN":
        await _answered(wire, f"\0{sasl.username}\0{password}".encode())
        return
    scram = ScramAuthenticator(
        loop=None, sasl_plain_password=password, sasl_plain_username=sasl.username, sasl_mechanism=sasl.mechanism
    )
    vars(scram).pop("_authenticator", None)  # takes the same steps for others, and holds what holds it
    first = await _answered(wire, scram.first_message().encode())
    try:
        text = first.decode()
        iterations = ITERATIONS.search(text)
        if iterations is None or not 0 < int(iterations[1]) <= MOST_ITERATIONS:
            raise ValueError("iterations")
        await asyncio.to_thread(scram.process_server_first_message, text)
        last = await _answered(wire, scram.final_message().encode())
        scram.process_server_final_message(last.decode())
    except (ValueError, KeyError, binascii.Error):
        raise ProbeError(Reason.PROTOCOL, f"the broker does not keep to {sasl.mechanism}") from None


async def _answered(wire: Wire, said: bytes) -> bytes:
    answer = await wire.ask(SaslAuthenticateRequest(said))
    refuse(answer["error_code"])
    found = answer["sasl_auth_bytes"]
    return found if isinstance(found, bytes) else b""
