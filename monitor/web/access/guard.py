"""Lets a request in, or says why not: before anything else is done for it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler

from monitor.config.webconfig import Role, WebConfig
from monitor.config.webconfig.webconfig import Granted
from monitor.web.access.access import ACCESS, Access
from monitor.web.access.buckets import neighbourhood
from monitor.web.access.judging import TooOftenError
from monitor.web.connection import Connection
from monitor.web.refusal import RefusedError, problem

CHALLENGE = {"WWW-Authenticate": 'Basic realm="datashare-monitor", charset="UTF-8"'}

Needs = Mapping[web.AbstractResource, Role]
"""The role that each resource needs."""

NEEDS = web.AppKey[Needs]("needs")
GRANTED = web.RequestKey[Granted]("granted")


def guarded(app: web.Application, access: Access, routes: Mapping[Role, Sequence[web.RouteDef]]) -> None:
    """Add routes to an application, each behind a role; its first middleware must be ``guard``."""
    needs: dict[web.AbstractResource, Role] = {}
    for role, those in routes.items():
        for route in app.add_routes(those):
            if route.resource is not None:
                needs[route.resource] = role
    app[ACCESS] = access
    app[NEEDS] = needs


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whoever may ask, and refuse all others without a word on what is here."""
    access = request.app[ACCESS]
    connection = request.protocol
    try:
        request[GRANTED] = await _admit(request, access)
    except RefusedError as refusal:
        response: web.StreamResponse = problem(refusal)
        if request.can_read_body:
            response.force_close()
        return response
    response = await handler(request)
    if isinstance(connection, Connection) and connection.tls is not access.config.tls:
        response.force_close()  # whom it was made for, and under which certificate, is no longer in force
    return response


async def _admit(request: web.Request, access: Access) -> Granted:
    """Return what the caller may do.

    Raises:
        RefusedError: Nothing, or not this.
    """
    if seconds := access.request_wait():
        raise _refused(access, "rate", _later(429, "too many requests", seconds))
    needed = request.app[NEEDS].get(request.match_info.route.resource)  # type: ignore[arg-type] # None: no such route
    user, granted = await _caller(request, access, needed)
    if needed is Role.HEARTBEAT or (granted if needed is None else needed in granted):
        return granted
    if access.config.users and user is None:
        raise _refused(
            access, "login", RefusedError(401, "log in with a user of the web-config file", headers=CHALLENGE)
        )
    role = f"the role {needed}" if needed else "a role"
    raise _refused(access, "role", RefusedError(403, f"this needs {role}; see roles in the web-config file"))


async def _caller(request: web.Request, access: Access, needed: Role | None) -> tuple[str | None, Granted]:
    """Return who asks, and what the web-config in force lets him do.

    Raises:
        RefusedError: As for a certificate and a user.
    """
    while True:
        config = access.config
        sans = _certificate_sans(request, config, access)
        user = await _user(request, access, config, is_token_enough=needed is Role.HEARTBEAT)
        if config is access.config:  # another file may come into force while a password is judged
            return user, config.granted(user, sans)


def _certificate_sans(request: web.Request, config: WebConfig, access: Access) -> frozenset[str]:
    """Return the names in the client's certificate.

    Raises:
        RefusedError: The connection is older than the TLS that is in force now, and would not be made today.
    """
    connection = request.protocol
    tls = connection.tls if isinstance(connection, Connection) else None
    sans = connection.sans if isinstance(connection, Connection) else frozenset()
    if config.tls is None or tls is config.tls:
        return sans
    is_too_old = tls is None or config.tls.verifies_clients
    if is_too_old:
        raise _refused(access, "certificate", RefusedError(421, "TLS has changed; connect anew", closes=True))
    return sans


async def _user(request: web.Request, access: Access, config: WebConfig, *, is_token_enough: bool) -> str | None:
    """Return the user who is logged in; None when nobody is.

    Raises:
        RefusedError: A name and a password were sent that do not fit, or none can be judged now.
    """
    written = request.headers.getall("Authorization", ())
    if not config.users or not written:
        return None
    scheme, _, credentials = written[0].partition(" ")
    if scheme.lower() != "basic" and len(written) == 1:
        if is_token_enough:
            return None
        raise _refused(access, "login", RefusedError(401, "log in with Authorization: Basic", headers=CHALLENGE))
    user, password = _credentials(credentials) if len(written) == 1 else ("", None)
    address = neighbourhood(request.remote or "")
    try:
        if password is not None and await access.passwords.is_right(user, password, config.users, address):
            return user
    except TooOftenError as error:
        raise _refused(
            access, "busy", _later(429, "too many wrong passwords, or too many at once", error.after_seconds)
        ) from None
    raise _refused(access, "login", RefusedError(401, "this is not a user with this password", headers=CHALLENGE))


def _credentials(written: str) -> tuple[str, bytes | None]:
    """Return user and password (RFC 7617); no password when they make no sense."""
    try:
        user, colon, password = base64.b64decode(written.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return "", None
    return user.decode("utf-8", "surrogateescape"), password if colon else None


def _later(status: int, why: str, seconds: float) -> RefusedError:
    return RefusedError(status, f"{why}; wait {ceil(seconds)} s", headers={"Retry-After": str(ceil(seconds))})


def _refused(access: Access, reason: str, refusal: RefusedError) -> RefusedError:
    access.vitals.web_refused[reason] += 1
    return refusal
