"""Envelopes are read whatever the version, and a fault keeps its codes and nothing else."""

import pytest
from lxml import etree

from monitor.plugin import Answer, FaultDomain, ProbeError, Reason
from monitor.plugin.http.soap import (
    NAMESPACES,
    Fault,
    SoapVersion,
    elements_of,
    envelope,
    headers_for,
    read_envelope,
    root_part,
)


@pytest.mark.parametrize("version", SoapVersion)
def test_what_is_written_is_read_again(version):
    found = read_envelope(envelope(version, elements_of("<h/>"), elements_of("<a><b/></a>")))

    assert (found.version, found.fault) == (version, None)
    assert [block.tag for block in found.header] == ["h"]
    assert [[node.tag for node in block.iter()] for block in found.body] == [["a", "b"]]


def test_without_header_blocks_there_is_no_header():
    root = etree.fromstring(envelope(SoapVersion.SOAP11, [], elements_of("<a/>")))

    assert [child.tag for child in root] == [f"{{{NAMESPACES[SoapVersion.SOAP11]}}}Body"]


def test_the_action_stands_where_its_version_has_it():
    assert headers_for(SoapVersion.SOAP11, "urn:a")["SOAPAction"] == '"urn:a"'
    assert headers_for(SoapVersion.SOAP11, "")["SOAPAction"] == '""'
    assert headers_for(SoapVersion.SOAP12, "urn:a")["Content-Type"].endswith('; action="urn:a"')
    assert "action" not in headers_for(SoapVersion.SOAP12, "")["Content-Type"]


@pytest.mark.parametrize(
    ("codes", "side", "reason"),
    [
        (("Client",), FaultDomain.CONSUMER, Reason.SERVICE_FAULT),
        (("client", "x"), FaultDomain.CONSUMER, Reason.SERVICE_FAULT),
        (("VersionMismatch",), FaultDomain.CONSUMER, Reason.SERVICE_FAULT),
        (("Server", "Client"), FaultDomain.CONSUMER, Reason.SERVICE_FAULT),
        (("RECEIVER",), FaultDomain.PROVIDER, Reason.SERVICE_FAULT),
        (("InvalidSecurityToken",), FaultDomain.CONSUMER, Reason.UNAUTHORIZED),
        (("Other",), None, Reason.SERVICE_FAULT),
        ((), None, Reason.SERVICE_FAULT),
    ],
)
def test_a_fault_tells_its_side_and_its_reason(codes, side, reason):
    assert (Fault(codes).side, Fault(codes).reason) == (side, reason)


def test_subcodes_end_somewhere():
    space = NAMESPACES[SoapVersion.SOAP12]
    deep = "<s:Subcode><s:Value>x:a</s:Value>" * 50 + "</s:Subcode>" * 50
    code = f"<s:Code><s:Value>s:Sender</s:Value>{deep}</s:Code>"
    body = f'<s:Envelope xmlns:s="{space}"><s:Body><s:Fault>{code}</s:Fault></s:Body></s:Envelope>'.encode()

    fault = read_envelope(body).fault

    assert fault is not None
    assert len(fault.codes) <= 5


def answer(body, kind):
    headers = (("content-type", kind), ("x-a", "b"))
    return Answer(
        status=200, reason="OK", headers=headers, body=body, url="http://a.example/", redirects=0, version="1.1"
    )


def test_an_answer_of_one_part_is_left_alone():
    whole = answer(b"<a/>", "text/xml")

    assert root_part(whole) is whole


def test_the_first_of_several_parts_keeps_the_headers_of_the_answer():
    body = b"preamble\r\n--x\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n<a/>\r\n--x\r\n\r\nnext\r\n--x--\r\n"

    found = root_part(answer(body, "Multipart/Related; boundary=x"))

    assert found.body == b"<a/>"
    assert (found.header("x-a"), found.header("content-type")) == ("b", "text/xml; charset=utf-8")


@pytest.mark.parametrize("kind", ["multipart/related", 'multipart/mixed; boundary=""', "multipart/mixed; boundary=y"])
def test_parts_that_are_not_there_are_the_targets_fault(kind):
    with pytest.raises(ProbeError) as told:
        root_part(answer(b"--x\r\n\r\n<a/>\r\n--x--", kind))

    assert told.value.reason is Reason.CONTENT


@pytest.mark.parametrize("text", ["<a>", "<n:a/>", "text", "<a/>text", "<!DOCTYPE a><a/>", "<a/>\x00"])
def test_what_cannot_stand_in_an_envelope_is_refused(text):
    with pytest.raises(ValueError, match=r"write whole elements|text outside"):
        elements_of(text)
