"""What an answer says: values found in its JSON, its XML and its headers, however hostile it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import jmespath
from lxml import etree

from monitor.plugin import Answer, ProbeError, Reason
from monitor.plugin.documents import read_json
from monitor.plugin.http.xml import read_xml

LONGEST = 1000
"""Characters of an expression."""
_PREFIX = re.compile(r"([A-Za-z_][\w.-]*):(?![:])(?=[A-Za-z_*])", re.ASCII)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in an answer a value is.

    Attributes:
        json: An expression of JMESPath, over the body.
        xml: An expression of XPath 1.0, over the body; of several nodes the first counts.
        namespaces: URIs by the prefixes that ``xml`` uses.
        header: The name of a header; of several the first counts.
    """

    json: str | None = None
    xml: str | None = None
    namespaces: Mapping[str, str] = field(default_factory=dict)
    header: str | None = None

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.json, self.xml, self.header)) != 1:
            raise ValueError("write exactly one of json, xml and header")
        if self.namespaces and self.xml is None:
            raise ValueError("namespaces are for xml; leave them out")
        if len(self.text) > LONGEST or not self.text.strip():
            raise ValueError(f"an expression has 1 to {LONGEST} characters")
        if self.json is not None:
            check_jmespath(self.json)
        if self.xml is not None:
            check_xpath(self.xml, self.namespaces)

    @property
    def text(self) -> str:
        """The place as a message names it."""
        return self.json or self.xml or (f"header {self.header}" if self.header else "")

    @property
    def reason(self) -> Reason:
        """What is wrong when the value there is."""
        return Reason.HEADER if self.header is not None else Reason.CONTENT


class Contents:
    """The contents of an answer: each format is parsed once, when something first asks for it."""

    def __init__(self, answer: Answer, root: Any = None) -> None:
        self._answer = answer
        self._json: list[Any] = []
        self._xml: list[Any] = [] if root is None else [root]

    def value(self, place: Place) -> Any:
        """Return the value there: of JSON's types, text of XML and headers; None for nothing.

        Raises:
            ProbeError: The body cannot be read, or the expression cannot be applied to it (``Reason.CONTENT``).
        """
        if place.header is not None:
            return self._answer.header(place.header)
        if place.json is not None:
            return self._in_json(place.json)
        return self._in_xml(place.xml or "", tuple(sorted(place.namespaces.items())))

    def _in_json(self, expression: str) -> Any:
        if not self._json:
            self._json.append(read_json(self._answer.body))
        try:
            return search_json(expression, self._json[0])
        except Exception as error:  # noqa: BLE001 - the library meets a hostile document
            words = f"{expression[:60]} cannot be applied to the body: {type(error).__name__}"
            raise ProbeError(Reason.CONTENT, words) from None

    def _in_xml(self, expression: str, namespaces: tuple[tuple[str, str], ...]) -> Any:
        if not self._xml:
            self._xml.append(read_xml(self._answer.body))
        try:
            found = _xpath(expression, namespaces)(self._xml[0])
        except (etree.Error, ValueError) as error:
            words = f"{expression[:60]} cannot be applied to the body: {type(error).__name__}"
            raise ProbeError(Reason.CONTENT, words) from None
        if isinstance(found, list):
            return text_of(found[0]) if found else None
        return found


def text_of(node: Any) -> str:
    """Return the text of an element, the value of an attribute or text node, or the URI of a namespace."""
    if isinstance(node, tuple):
        return str(node[1])
    return node if isinstance(node, str) else "".join(node.itertext())


def search_json(expression: str, document: Any) -> Any:
    """Return what an expression of JMESPath finds in a document; whatever the library raises may fly.

    One interpreter searches all documents: each keeps a table of its own methods, a cycle.
    """
    return _interpreter().visit(_jmespath(expression).parsed, document)


def check_jmespath(expression: str) -> None:
    """Return if it is an expression of JMESPath.

    Raises:
        ValueError: It is not.
    """
    try:
        _jmespath(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        said = str(error).partition("\n")[0][:200]
        raise ValueError(f'"{expression[:60]}" is no expression of JMESPath: {said}') from None


def check_xpath(expression: str, namespaces: Mapping[str, str]) -> None:
    """Return if it is an expression of XPath whose prefixes are known.

    Raises:
        ValueError: It is not.
    """
    for prefix in _PREFIX.findall(_QUOTED.sub("''", expression)):
        if prefix not in namespaces:
            raise ValueError(f'"{expression[:60]}" uses the prefix {prefix}; write its URI under namespaces')
    try:
        _xpath(expression, tuple(sorted(namespaces.items())))(etree.Element("root"))
    except (etree.Error, ValueError) as error:
        raise ValueError(f'"{expression[:60]}" is no expression of XPath 1.0: {str(error)[:100]}') from None


@cache
def _interpreter() -> Any:
    return jmespath.visitor.TreeInterpreter()


@lru_cache(maxsize=4096)
def _jmespath(expression: str) -> Any:
    return jmespath.compile(expression)


@lru_cache(maxsize=4096)
def _xpath(expression: str, namespaces: tuple[tuple[str, str], ...]) -> Any:
    # Without regexp=False, EXSLT patterns would run in Python's backtracking engine.
    return etree.XPath(expression, namespaces=dict(namespaces) or None, regexp=False, smart_strings=False)
