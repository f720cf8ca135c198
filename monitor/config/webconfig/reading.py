"""Reads a web-config file: what is in it, or every problem with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.document import parsed
from monitor.config.files import Files
from monitor.config.filling import fill, salvaged
from monitor.config.modules.reading import without_nulls
from monitor.config.place import Node, Problems
from monitor.config.problem import Problem, listed, suggestion
from monitor.config.webconfig.certificates import certificates, named_files
from monitor.config.webconfig.grammar import HEADERS, RateLimitShape, RolesShape, TlsServerShape, WebConfigFile
from monitor.config.webconfig.tls import plain_san, server_tls
from monitor.config.webconfig.webconfig import RateLimit, Role, Roles, ServerTls, WebConfig
from monitor.plugin.quantities import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfigRead:
    """What became of reading a web-config file.

    Attributes:
        config: None when any of the problems is an error.
        files: What was read, or would have been: the file itself and those that it names.
    """

    config: WebConfig | None
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]


def read_web_config(path: Path) -> WebConfigRead:
    """Return what a file holds, and all that is wrong with it; never raises for what it holds."""
    real = path.resolve()
    files = Files(real.parent)
    text = files.text(real.name)
    if text is None:
        problems = tuple(Problem(file=str(path), message=one.message) for one in files.problems)
        return WebConfigRead(config=None, problems=problems, files=(path,))
    return web_config_in(str(path), text, path.parent)


def web_config_in(file: str, text: str, folder: Path) -> WebConfigRead:
    """Return what the text of a file holds.

    Args:
        file: Its name, for messages.
        text: What stands in it.
        folder: Where it lies: relative paths start there, as in exporter-toolkit.
    """
    root, wrong = parsed(file, text)
    problems = Problems([*wrong])
    files: tuple[Path, ...] = (folder / Path(file).name,)
    if root is None:
        return WebConfigRead(config=None, problems=problems.in_order, files=files)
    node = Node(root.file, root.path, without_nulls(root.value), root.place)
    shape = fill(WebConfigFile, node, problems)
    if shape is None:
        _check_files(node, folder, problems)
        return WebConfigRead(config=None, problems=problems.in_order, files=files)
    tls = None
    if shape.tls_server_config is not None:
        tls = server_tls(shape.tls_server_config, node.at("tls_server_config"), folder, problems)
        files += named_files(shape.tls_server_config, folder)
    headers = _headers(shape.http_server_config.headers, node.find("http_server_config", "headers"), problems)
    _check_users(shape, node, problems)
    config = WebConfig(
        tls=tls,
        headers=headers,
        users=shape.basic_auth_users,
        rate=_rate(shape.rate_limit, node.find("rate_limit"), problems),
        roles=None if shape.roles is None else _roles(shape, shape.roles, node.at("roles"), tls, problems),
    )
    return WebConfigRead(config=None if problems.has_errors else config, problems=problems.in_order, files=files)


def _check_files(node: Node, folder: Path, problems: Problems) -> None:
    """Look at the files of a section of which something else is wrong, so that all is told at once."""
    section = node.find("tls_server_config")
    if section is not node and isinstance(section.value, dict):
        certificates(salvaged(TlsServerShape, section.value), section, folder, problems)


def _headers(written: Mapping[str, str], node: Node, problems: Problems) -> Mapping[str, str]:
    for name, value in written.items():
        known = HEADERS.get(name)
        if known is None:
            near = suggestion(name, HEADERS) or f"; there are {listed(HEADERS)}"
            problems.add(node.find(name), f"the header {shown(name)} cannot be set here{near}", at_key=True)
        elif known and value not in ("", *known):
            problems.add(node.find(name), f"{shown(value)} is no value of {name}; write {' or '.join(known)}")
    return {name: value for name, value in written.items() if value}


def _rate(shape: RateLimitShape, node: Node, problems: Problems) -> RateLimit | None:
    if not shape.interval:
        return None
    if not shape.burst:
        problems.add(node.find("burst"), "with a burst of 0 no request is ever let in; write 1 or more")
    return RateLimit(interval_seconds=shape.interval, burst=shape.burst)


def _check_users(shape: WebConfigFile, node: Node, problems: Problems) -> None:
    for name, hashed in shape.basic_auth_users.items():
        place = node.at("basic_auth_users", name)
        if ":" in name:
            problems.add(place, "a user with a colon in the name cannot log in (RFC 7617); choose another", at_key=True)
        if int(hashed[4:6]) > 14:
            message = "checking this password takes more than a second; a cost of 12 is enough"
            problems.add(place, message, is_error=False)
    if shape.basic_auth_users and shape.tls_server_config is None:
        message = "passwords cross the network in the clear without tls_server_config"
        problems.add(node.find("basic_auth_users"), message, at_key=True, is_error=False)


def _roles(shape: WebConfigFile, roles: RolesShape, node: Node, tls: ServerTls | None, problems: Problems) -> Roles:
    for name in roles.users:
        if name not in shape.basic_auth_users:
            near = suggestion(name, shape.basic_auth_users) or "; add it there, or take it out here"
            problems.add(node.at("users", name), f"basic_auth_users has no {shown(name)}{near}", at_key=True)
    if without := [name for name in shape.basic_auth_users if name not in roles.users]:
        message = f"{listed(without)} may do nothing; write, for each, which of {', '.join(Role)}"
        problems.add(node.find("users"), message, at_key=True)
    if roles.client_sans and tls is not None and not tls.verifies_clients:
        message = (
            "nobody is asked for a certificate; write client_auth_type: VerifyClientCertIfGiven, and client_ca_file"
        )
        problems.add(node.find("client_sans"), message, at_key=True)
    elif roles.client_sans and shape.tls_server_config is None:
        message = "there are no certificates without tls_server_config"
        problems.add(node.find("client_sans"), message, at_key=True)
    if Role.HEARTBEAT in roles.anonymous:
        message = (
            "anybody could report for any check; leave heartbeat out: the token of a check is enough for that check"
        )
        problems.add(node.find("anonymous"), message, at_key=True)
    if not (roles.users or roles.client_sans or roles.anonymous):
        problems.add(node, "nobody may do anything; write users, client_sans or anonymous", at_key=True)
    return Roles(
        users={name: frozenset(granted) for name, granted in roles.users.items()},
        client_sans={plain_san(name): frozenset(granted) for name, granted in roles.client_sans.items()},
        anonymous=frozenset(roles.anonymous),
    )
