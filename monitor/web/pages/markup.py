"""HTML made of elements; every text is escaped because there is no other way to put one in."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from monitor.sinks.printable import printable

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that is complete and safe."""

    html: str


Content = Markup | str | int | None | Iterable["Content"]
Attribute = str | int | float | bool | None


def element(name: str, /, *children: Content, **attributes: Attribute) -> Markup:
    """Return an element.

    Of the attributes, None and False leave one out, and True gives it no value. A trailing ``_`` keeps clear of
    Python's words; ``_`` inside stands for ``-``.
    """
    start = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{start}>")
    return Markup(f"<{name}{start}>{_html(children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = f"{value:.6g}" if isinstance(value, float) else printable(str(value))
    return f' {name}="{escape(text)}"'


def _html(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content.html
    if isinstance(content, str | int):
        return escape(printable(str(content)))
    return "".join(map(_html, content))


def document(root: Markup) -> str:
    """Return a whole HTML document."""
    return f"<!doctype html>\n{root.html}\n"
