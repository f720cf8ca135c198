"""Checks from the modules of blackbox_exporter, each with the targets that it is used on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.migration.foreign import Foreign, ForeignError, mapping_with, yaml_file
from monitor.migration.prometheus import Probed
from monitor.migration.proposal import LeftOut, Proposal, secret_file
from monitor.migration.quantity import length_of, size_of
from monitor.migration.secrecy import SENSITIVE, basic_auth, body, headers, url

SECRET_KEYS = {"password": "password_file", "credentials": "credentials_file", "client_secret": "client_secret_file"}
SIZES = frozenset({"body_size_limit"})
UNLIMITED = "16MiB"
"""As much as /probe reads where a module says that there is no limit."""
IMPLIED: Mapping[str, Mapping[str, Any]] = {"dns": {"query_type": "ANY"}}
"""What blackbox_exporter takes for granted, and a check does not."""
NOTE = "HTTP/2 is offered with enable_http2: true, or where valid_http_versions has HTTP/2.0, and not otherwise."


def modules_of(path: Path) -> Foreign:
    """Return the modules of a module file by name.

    Raises:
        ForeignError: It cannot be read, or is something else.
    """
    modules = mapping_with("modules", yaml_file(path), path)["modules"]
    if not isinstance(modules, Mapping) or not modules:
        raise ForeignError(f"{path}\n  there are no modules in it")
    return modules


def proposals(modules: Foreign, targets: Iterable[Probed | LeftOut]) -> Iterator[Proposal | LeftOut]:
    """Yield a check for each target, and what is left of modules that nobody uses."""
    used = set()
    for one in targets:
        if isinstance(one, LeftOut):
            yield one
            continue
        used.add(one.module)
        module = modules.get(one.module)
        if not isinstance(module, Mapping):
            yield LeftOut(one.target, f"the job {one.job} uses the module {one.module}, which is not in the file")
            continue
        try:
            yield _proposal(one, module)
        except ValueError:
            yield LeftOut(one.target.rpartition("@")[2][:200], "this target cannot be read")
    for name in modules:
        if name not in used:
            yield LeftOut(f"module {name}", "nothing uses it: name targets with --prometheus, or --target")


def _proposal(probed: Probed, module: Mapping[str, Any]) -> Proposal:
    prober = str(module.get("prober", ""))
    options = module.get(prober)
    target = probed.target
    if prober == "http" and "://" not in target:
        target = f"http://{target}"  # as blackbox_exporter does
    if prober == "unix":
        return _socket(probed, module, options if isinstance(options, Mapping) else {})
    name = f"{_host(target)}-{probed.module}"
    clean, credentials, remarks = url(name, target) if "://" in target else (target, {}, [])
    settings, more = _options(options if isinstance(options, Mapping) else {}, name)
    timeout = length_of(module.get("timeout"))
    return Proposal(
        system=_host(clean),
        name=probed.module,
        kind=prober,
        settings={"target": clean, **credentials, **IMPLIED.get(prober, {}), **settings},
        every=probed.every,
        timeout=min((one for one in (timeout, probed.timeout) if one is not None), default=None),
        remarks=(*remarks, *more, *probed.remarks),
    )


def _socket(probed: Probed, module: Mapping[str, Any], options: Mapping[str, Any]) -> Proposal:
    """Return the check of a unix socket, which is one of the kind ``tcp``."""
    path = probed.target.removeprefix("unix://").removeprefix("unix:")
    settings, remarks = _options(options, f"{path}-{probed.module}")
    return Proposal(
        system=path,
        name=probed.module,
        kind="tcp",
        settings={"target": f"unix:{path}", **settings},
        every=probed.every,
        timeout=min((one for one in (length_of(module.get("timeout")), probed.timeout) if one), default=None),
        remarks=(*remarks, f"name {path} under egress.sockets in monitor.yaml", *probed.remarks),
    )


def _options(options: Mapping[str, Any], name: str) -> tuple[dict[str, Any], list[str]]:
    """Return a module's options as settings: most have the same name, and secrets become references."""
    settings: dict[str, Any] = {}
    remarks: list[str] = []
    for key, value in options.items():
        if key == "valid_http_versions" and isinstance(value, list):
            settings[key] = ["HTTP/2.0" if one == "HTTP/2" else one for one in value]
            continue
        made, more = _option(str(key), value, name)
        settings |= made
        remarks += more
    return settings, remarks


def _option(key: str, value: Any, name: str) -> tuple[dict[str, Any], list[str]]:
    if key == "headers":
        return headers(name, value)
    if key == "body" and isinstance(value, str):
        return body(name, value)
    if key == "basic_auth" and isinstance(value, Mapping) and "username_file" not in value:
        made, remarks = basic_auth(name, value.get("username", ""))
        if isinstance(value.get("password_file"), str):
            made["basic_auth"]["password"], remarks = {"file": value["password_file"]}, []
        return made, remarks
    if key in {"bearer_token", "bearer_token_file"}:
        return _authorization(name, {"credentials_file": value} if key.endswith("_file") else {"credentials": value})
    if key == "authorization" and isinstance(value, Mapping):
        return _authorization(name, value)
    if key == "proxy_url" and isinstance(value, str):
        return _proxy(f"{name}-proxy", value)
    if key in LISTED and isinstance(value, list if key == "query_response" else Mapping):
        return LISTED[key](name, value)
    if key in SIZES:
        return {key: UNLIMITED if str(value) in {"0", "0B"} else size_of(value) or value}, []
    hidden: list[str] = []
    return {key: _without_secrets(value, name, hidden)}, hidden


def _conversation(name: str, steps: list[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the steps without their labels: a check needs to know beforehand what a label may be."""
    made: list[Any] = []
    remarks: list[str] = []
    for step in steps:
        kept = step
        if isinstance(step, Mapping) and step.get("labels"):
            kept = {key: value for key, value in step.items() if key != "labels"}
            labels = step["labels"] if isinstance(step["labels"], list) else []
            named = ", ".join(str(one.get("name", "?")) for one in labels if isinstance(one, Mapping))
            remarks.append(
                f"not carried over: the labels of a step ({named}); write them with values, all that each may be"
            )
        made.append(_without_secrets(kept, name, remarks))
    return {"query_response": made}, remarks


def _header_values(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return ``http_headers`` with references in place of what is secret."""
    made, remarks = {}, []
    for header, one in given.items():
        parts = one if isinstance(one, Mapping) else {}
        values, hidden, files = (parts.get(key) or [] for key in ("values", "secrets", "files"))
        if SENSITIVE.search(header):
            values, hidden = [], [*values, *hidden]
        secrets = [secret_file(name, header, str(number) if number else "") for number, _ in enumerate(hidden)]
        remarks += [f"put the value of the header {header} into {one['file']}" for one in secrets]
        secrets += [{"file": path} for path in files]
        made[header] = ({"values": values} if values else {}) | ({"secrets": secrets} if secrets else {})
    return {"http_headers": made}, remarks


def _proxy(name: str, given: str) -> tuple[dict[str, Any], list[str]]:
    """Return ``proxy_url`` with the user in an option of its own."""
    clean, credentials, remarks = url(name, given)
    return {"proxy_url": clean} | ({"proxy_basic_auth": credentials["basic_auth"]} if credentials else {}), remarks


def _oauth2(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return where a token comes from; client credentials are the only way, and not to be asked for."""
    remarks: list[str] = []
    plain = {key: value for key, value in given.items() if key not in {"proxy_url", "proxy_connect_header"}}
    if plain.get("grant_type") == "client_credentials":
        del plain["grant_type"]
    made = _without_secrets(plain, name, remarks)
    if isinstance(given.get("proxy_url"), str):
        proxy, more = _proxy(f"{name}-token-proxy", given["proxy_url"])
        made, remarks = made | proxy, remarks + more
    if isinstance(given.get("proxy_connect_header"), Mapping):
        headers_of_it, more = _proxy_headers(f"{name}-token-proxy", given["proxy_connect_header"])
        made, remarks = made | headers_of_it, remarks + more
    return {"oauth2": made}, remarks


def _proxy_headers(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return ``proxy_connect_header`` with references in place of all values."""
    made = {header: [secret_file(name, header)] for header in given}
    return {"proxy_connect_header": made}, [
        f"put the value of the header {header} into {one['file']}" for header, (one,) in made.items()
    ]


def _metadata(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the metadata of grpc, the secret part of it as references."""
    hidden = {key: secret_file(name, key) for key in given if SENSITIVE.search(key)}
    plain = {key: value for key, value in given.items() if key not in hidden}
    made = ({"metadata": plain} if plain else {}) | ({"secret_metadata": hidden} if hidden else {})
    return made, [f"put the value of the metadata {key} into {one['file']}" for key, one in hidden.items()]


LISTED: Mapping[str, Callable[[str, Any], tuple[dict[str, Any], list[str]]]] = {
    "http_headers": _header_values, "proxy_connect_header": _proxy_headers, "metadata": _metadata,
    "oauth2": _oauth2, "query_response": _conversation,
}  # fmt: skip
"""Options that are made anew, by name."""


def _authorization(name: str, value: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    kind = {"type": value["type"]} if isinstance(value.get("type"), str) else {}
    if isinstance(value.get("credentials_file"), str):
        return {"authorization": {**kind, "credentials": {"file": value["credentials_file"]}}}, []
    reference = secret_file(name, "credentials")
    return {"authorization": {**kind, "credentials": reference}}, [f"put the credentials into {reference['file']}"]


def _without_secrets(value: Any, name: str, remarks: list[str]) -> Any:
    """Return a nested option with references in place of the secrets in it."""
    if isinstance(value, list):
        return [_without_secrets(one, name, remarks) for one in value]
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Any] = {}
    for key, inner in value.items():
        if key in SECRET_KEYS and isinstance(inner, str):
            made[key] = secret_file(name, key)
            remarks.append(f"put the {key} into {made[key]['file']}")
        elif key in SECRET_KEYS.values() and isinstance(inner, str):
            made[key.removesuffix("_file")] = {"file": inner}
        elif key == "key" and isinstance(inner, str):
            remarks.append("not carried over: a private key that stood in the module; write key_file")
        else:
            made[str(key)] = _without_secrets(inner, name, remarks)
    return made


def _host(target: str) -> str:
    """Return the host of a target: the system it belongs to."""
    if "://" in target:
        try:
            return urlsplit(target).hostname or target
        except ValueError:
            return target
    host = target.rpartition(":")[0] if target.count(":") == 1 or target.startswith("[") else target
    return host.strip("[]") or target
