"""Promise: whatever a target says, it stays text."""

import pytest

from monitor.web.pages.markup import Markup, document, element

HOSTILE = "<script>alert('x')</script>\"&\x00\x1b[2J\u202e"


def test_children_are_escaped():
    html = element("p", HOSTILE, [HOSTILE, None, 3]).html

    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 2
    assert not any(one in html for one in "\x00\x1b\u202e")


def test_attributes_are_escaped():
    html = element("a", "x", title=HOSTILE).html

    assert html.count("<") == 2
    assert html.count('"') == 2


def test_markup_is_not_escaped_again():
    assert element("p", element("b", "&")).html == "<p><b>&amp;</b></p>"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"class_": "a"}, '<i class="a"></i>'), ({"aria_label": "a"}, '<i aria-label="a"></i>'),
        ({"x": 1.50}, '<i x="1.5"></i>'), ({"x": None, "y": False, "z": True}, "<i z></i>"),
        ({"viewBox": "0 0 1 1"}, '<i viewBox="0 0 1 1"></i>'),
    ],
)  # fmt: skip
def test_attributes_are_written_as_html_wants_them(attributes, expected):
    assert element("i", **attributes).html == expected


def test_void_element_has_no_end():
    assert element("meta", charset="utf-8").html == '<meta charset="utf-8">'


def test_document_begins_with_its_type():
    assert document(Markup("<html></html>")).startswith("<!doctype html>")


def test_lone_surrogate_can_be_sent():
    element("p", "\ud800").html.encode()
