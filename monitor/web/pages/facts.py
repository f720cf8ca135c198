"""Names with what stands beside them."""

from collections.abc import Sequence

from monitor.web.pages.markup import Content, Markup, element


def facts(pairs: Sequence[tuple[str, Content]]) -> Markup:
    """Return a list of names and values; a pair whose value is None or empty is left out."""
    rows = [
        element("div", element("dt", name), element("dd", value)) for name, value in pairs if value not in (None, "")
    ]
    return element("dl", rows, class_="facts")
