"""``/api/v1/heartbeats``: targets that cannot be looked at from here report in.

Where a history is kept, a heartbeat is on the disk before its sender hears that it was taken.

The ids of checks are no secret on this listener, whose ``/api/v1/checks`` lists them; so an unknown one is a 404 with
the nearest names, whoever asks. What is secret is the token, and it is compared in constant time.
"""

import asyncio
import hmac
from hashlib import sha256
from math import ceil

from aiohttp import web

from monitor.config.webconfig import Role
from monitor.network.heartbeats import ReplayedError, TooOftenError
from monitor.network.kept import inbox_of
from monitor.network.veil import Veil
from monitor.plugin.errors import ProbeError
from monitor.plugin.heartbeat import Listener, listens
from monitor.web.access import GRANTED
from monitor.web.checks import find_check
from monitor.web.gate import check_post
from monitor.web.listing import no_parameters
from monitor.web.posted import posted
from monitor.web.record import moment
from monitor.web.refusal import RefusedError
from monitor.web.running import RUNNING, Running

KEPT_WITHIN_SECONDS = 5.0
"""How long a sender waits for a disk before it is told to send again."""
NOT_KEPT = "the heartbeat counts, but the history cannot be written now, and a restart would forget it; send it again"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


async def heartbeat(request: web.Request) -> web.Response:
    """Take a heartbeat, and have its check look at it at once."""
    running = request.app[RUNNING]
    check_post(request, running.settings.web)
    no_parameters(request.query)  # ?state=fail with an empty body would be a success
    check = find_check(request, running.inventory())
    probe = check.probe
    if not listens(probe):
        raise RefusedError(404, f"{check.id} is of the kind {check.kind} and takes no heartbeats")
    veil = Veil(_authenticate(request, running, probe))
    if "Content-Encoding" in request.headers:  # half a compressed body would come out as none, which is a success
        raise RefusedError(415, "send the body as it is, without a Content-Encoding")
    try:
        found = posted(await request.read(), running.clock.now())
        if fault := probe.heartbeat_fault(found):
            raise RefusedError(400, fault)
    except RefusedError as error:  # a proxy on the way may log what is refused, and a sender may mix up its fields
        error.detail = veil.cover(error.detail)
        raise
    inbox = running.inbox(check.id)
    try:
        inbox.put(found)
    except ReplayedError as error:
        raise RefusedError(409, str(error)) from None
    except TooOftenError as error:
        seconds = ceil(error.after_seconds)
        raise RefusedError(
            429, f"too many heartbeats of this check; wait {seconds} s", headers={"Retry-After": str(seconds)}
        ) from None
    running.recheck(check.id)
    if running.keep is not None:
        try:
            async with asyncio.timeout(KEPT_WITHIN_SECONDS):
                await running.keep(inbox_of(check.id), inbox.content(_veil(running, probe).cover))
        except TimeoutError:
            inbox.forgive(found)
            raise RefusedError(503, NOT_KEPT, headers={"Retry-After": f"{KEPT_WITHIN_SECONDS:g}"}) from None
    facts = {"check": check.id, "state": str(found.state), "received": moment(found.received)}
    return web.json_response(facts, status=202)


def _veil(running: Running, probe: Listener) -> Veil:
    """Return what covers the token of a check, whoever has sent it."""
    try:
        return Veil(running.reveal(probe.heartbeat_token()))
    except ProbeError:  # who cannot know it has not sent it
        return Veil()


def _authenticate(request: web.Request, running: Running, probe: Listener) -> str:
    """Let the sender pass that knows the token, which is returned, or has the role to report for every check.

    Raises:
        RefusedError: 401 for any other; 503 when we do not know the token ourselves.
    """
    if Role.HEARTBEAT in request[GRANTED]:
        return ""
    written = request.headers.getall("Authorization", ())
    scheme, _, token = written[0].partition(" ") if len(written) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise RefusedError(401, "send the token of the check: Authorization: Bearer TOKEN", headers=CHALLENGE)
    try:
        expected = running.reveal(probe.heartbeat_token())
    except ProbeError:  # the check itself says why, to those who may know
        raise RefusedError(503, "the monitor cannot read the token of this check; it is unknown until it can") from None
    if not hmac.compare_digest(_digest(token.strip()), _digest(expected)):
        raise RefusedError(401, "this is not the token of the check", headers=CHALLENGE)
    return expected


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
