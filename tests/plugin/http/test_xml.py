"""XML of a target is read when it is XML and of some size, whatever it is made to cost."""

import time

import pytest
from ordeal import MIB, costing

from monitor.plugin import ProbeError, Reason
from monitor.plugin.http import read_xml

LAUGHS = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"ha") for n in range(10))
DTDS = {
    "attribute lists": b"<!DOCTYPE r [%b]><r/>" % b"".join(b'<!ATTLIST r a%x CDATA "v">' % n for n in range(30_000)),
    "entities": b"<!DOCTYPE r [%b]><r/>" % b"".join(b'<!ENTITY a%x "v">' % n for n in range(40_000)),
    "laughs": b"<!DOCTYPE r [%b]><r>&a9;</r>" % LAUGHS,
    "laughs in an attribute": b'<!DOCTYPE r [%b]><r b="&a9;"/>' % LAUGHS,
    "external entity": b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>',
    "external DTD": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r/>',
    "after comments": b"<?xml version='1.0'?>\n<!-- a > b -->\n<?a b > c?><!DOCTYPE r [<!ELEMENT r ANY>]><r/>",
    "wide": "<!DOCTYPE r [<!ELEMENT r ANY>]><r/>".encode("utf-16"),
    "wide without a mark": "<!DOCTYPE r><r/>".encode("utf-16-be"),
    "never closed": b"<!DOCTYPE r [" + b"<!-- -" * 100_000,
}


@pytest.mark.parametrize("body", DTDS.values(), ids=DTDS)
def test_doctype_is_refused_before_it_costs_anything(body):
    began = time.thread_time()
    with costing(5), pytest.raises(ProbeError, match="XML with a DOCTYPE, which is not read") as raised:
        read_xml(body)

    assert raised.value.reason is Reason.CONTENT
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "body",
    [
        b"<r><![CDATA[<!DOCTYPE html>]]></r>",
        b"<!-- <!DOCTYPE r> --><r/>",
        b"<r a='&lt;!DOCTYPE'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><r>\xc3\xa1</r>",
        b"\n\n<r/>",
        "<?xml version='1.0' encoding='UTF-16'?><r>á</r>".encode("utf-16"),
        "<r>á</r>".encode("utf-16-le"),
        "<?xml version='1.0' encoding='windows-1258'?><r>á</r>".encode("windows-1258"),
        "<?xml version='1.0' encoding='ISO-8859-1'?><r>á</r>".encode("latin-1"),
    ],
)
def test_what_is_well_formed_is_read(body):
    root = read_xml(body)

    assert root.tag == "r"
    assert root.text in (None, "á", "<!DOCTYPE html>")


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.0' encoding='UTF-7'?><r>+ADw-a/+AD4-</r>",
        b"<?xml version='1.0' encoding='IBM037'?><r/>",
        "<r/>".encode("cp037"),
        b"<?xml version='1.0' encoding='UTF-16'?><r/>",
        "<r/>".encode("utf-32"),
        b"<?xml version='1.0' encoding='no-such'?><r/>",
        b"<?xml version='1.0' encoding='rot13'?><r/>",
        b"\xff\xfe<",
    ],
)
def test_encoding_that_hides_tags_is_refused(body):
    with pytest.raises(ProbeError, match="the body is not XML that can be read") as raised:
        read_xml(body)

    assert raised.value.reason is Reason.CONTENT


MANY = {
    "elements": b"<a/>",
    "elements and texts": b"<a/>x",
    "attributes": b"<a b='1'/>",
    "comments": b"<!--a-->x",
    "sections": b"<![CDATA[a]]><a/>",
    "wide": "<a/>".encode("utf-16-le"),
}


@pytest.mark.parametrize("unit", MANY.values(), ids=MANY)
def test_document_that_would_take_many_times_its_size_is_too_large(unit):
    whole = b"<r>%b</r>" if b"\0" not in unit else "<r>%b</r>".encode("utf-16-le").replace(b"%\0b\0", b"%b")

    with costing(20), pytest.raises(ProbeError) as raised:
        read_xml(whole % (unit * (4 * MIB // len(unit))))

    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("unit", [b"<a/>x", b"<a b='1'/>", b"<a>x</a>\n"])
def test_largest_document_that_is_read_takes_less_than_twenty_mebibytes(unit):
    marks = unit.count(b"<") + unit.count(b"=")

    with costing(20):
        read_xml(b"<r>" + unit * (69_990 // marks) + b"</r>")


def test_one_element_with_many_attributes_is_too_large():
    with pytest.raises(ProbeError) as raised:
        read_xml(b"<r " + b" ".join(b"a%x='1'" % n for n in range(90_000)) + b"/>")

    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(("body", "most"), [(b"<a/>" * 70_001, "70,000"), (b"<a/>" * 2 * MIB, "167,772")])
def test_limit_that_is_named_is_the_one_that_was_passed(body, most):
    with pytest.raises(ProbeError) as raised:
        read_xml(body)

    assert raised.value.reason is Reason.TOO_LARGE
    assert raised.value.detail == f"the body is XML with more than {most} tags and attributes"
