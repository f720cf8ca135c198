"""Reads the list of a document exchange, whatever its fields are called."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree

from datashare_monitor_edxml.times import check_format, check_zone, moment
from monitor.plugin import Answer, ProbeError, Reason
from monitor.plugin.http import Place, read_json, read_xml, search_json, text_of

MOST = 10_000
"""Documents of one list."""
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What the fields of the list are called: JMESPath for JSON, XPath 1.0 for XML.

    Attributes:
        format: What the answer is written in.
        namespaces: URIs by the prefixes that XPath uses.
        status: Where the answer tells whether it went well.
        ok: What stands there, then; in any case of letters.
        error_code: Where it tells what went wrong; shown when it is a code.
        documents: Where the list is.
        created: In each document, when it was sent.
        time_format: ``iso``, ``unix``, ``unix_ms`` or a pattern such as ``%Y/%m/%d %H:%M:%S``.
        time_zone: Of times that have none.
        state: In each document, its state; without it, all documents of the list wait.
        acknowledged: The states of documents that do not wait any more.
    """

    format: Literal["json", "xml"] = "json"
    namespaces: Mapping[str, str] = field(default_factory=dict)
    status: str = "status"
    ok: tuple[str, ...] = ("OK",)
    error_code: str = "ErrorCode"
    documents: str = "data"
    created: str = "created_time"
    time_format: str = "iso"
    time_zone: str = "Asia/Ho_Chi_Minh"
    state: str = ""
    acknowledged: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("status", "documents", "created", "state", "error_code"):
            path = getattr(self, name)
            if path or name in ("status", "documents", "created"):
                self._check(name, path)
        check_format(self.time_format)
        check_zone(self.time_zone)
        if not self.ok:
            raise ValueError("fields: ok has no word; write what status says when all went well")
        if bool(self.state) != bool(self.acknowledged):
            raise ValueError("fields: write state and acknowledged both, or neither when only waiting ones are listed")

    def _check(self, name: str, path: str) -> None:
        try:
            Place(xml=path, namespaces=self.namespaces) if self.format == "xml" else Place(json=path)
        except ValueError as error:
            raise ValueError(f"fields.{name}: {error}") from None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says.

    Attributes:
        oldest: When the oldest document that waits was sent, in seconds since the epoch; None when none waits.
    """

    count: int
    waiting: int
    oldest: float | None


def listed(answer: Answer, fields: Fields) -> Listed:
    """Return what the answer of an exchange says of its documents.

    Raises:
        ProbeError: The exchange says that it failed (``Reason.SERVICE_FAULT``), or the answer cannot be read.
    """
    root, find = _document(answer, fields)
    told = _one(find(root, fields.status))
    if not isinstance(told, str) or told.strip().lower() not in {word.lower() for word in fields.ok}:
        raise _refusal(told, _one(find(root, fields.error_code)) if fields.error_code else None)
    documents = find(root, fields.documents)
    if fields.format == "json" and not isinstance(documents, list):
        raise ProbeError(Reason.CONTENT, "the answer has no list of documents")
    if len(documents) > MOST:
        raise ProbeError(Reason.TOO_LARGE, f"{len(documents)} documents in the list, limit {MOST}")
    moments = [_sent(one, fields, find) for one in documents if _waits(one, fields, find)]
    return Listed(len(documents), len(moments), min(moments, default=None))


Find = Callable[[Any, str], Any]


def _document(answer: Answer, fields: Fields) -> tuple[Any, Find]:
    if fields.format == "xml":
        spaces = dict(fields.namespaces) or None
        paths = {path: etree.XPath(path, namespaces=spaces, regexp=False) for path in _paths(fields)}
        return read_xml(answer.body), lambda node, path: _nodes(paths[path](node))
    document = read_json(answer.body)
    return document, lambda node, path: _searched(path, node)


def _paths(fields: Fields) -> set[str]:
    each = (fields.status, fields.documents, fields.created, fields.state, fields.error_code)
    return {path for path in each if path}


def _searched(path: str, node: Any) -> Any:
    try:
        return search_json(path, node)
    except Exception as error:  # noqa: BLE001 - the library meets a hostile document
        raise ProbeError(Reason.CONTENT, f"the list cannot be searched: {type(error).__name__}") from None


def _nodes(found: Any) -> Sequence[Any]:
    return found if isinstance(found, list) else [found]


def _one(found: Any) -> Any:
    """Return one value: of JSON as it is, of XML the text of the first node."""
    if isinstance(found, list):
        return (
            (found[0] if isinstance(found[0], str | float) else text_of(found[0])) if found and _is_xml(found) else None
        )
    return found


def _is_xml(found: list[Any]) -> bool:
    return isinstance(found[0], str | float | etree._Element)  # noqa: SLF001 - lxml has no other name for it


def _waits(document: Any, fields: Fields, find: Find) -> bool:
    if not fields.state:
        return True
    state = _one(find(document, fields.state))
    text = str(state).strip().lower() if isinstance(state, str | int) else ""
    return text not in {word.lower() for word in fields.acknowledged}


def _sent(document: Any, fields: Fields, find: Find) -> float:
    found = moment(_one(find(document, fields.created)), fields.time_format, fields.time_zone)
    if found is None:
        raise ProbeError(Reason.CONTENT, f"a document that waits has no time at {fields.created}")
    return found.timestamp()


def _refusal(told: Any, code: Any) -> ProbeError:
    if told is None:
        return ProbeError(Reason.CONTENT, "the answer has no status")
    word, number = shown(told), shown(code)
    words = f"the exchange answered {word or 'a status that is no word'}{f' (code {number})' if number else ''}"
    return ProbeError(Reason.SERVICE_FAULT, words)


def shown(value: Any) -> str:
    """Return a word or a code of a target's; empty when it is a sentence, which may name a person."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _WORD.fullmatch(text) else ""
