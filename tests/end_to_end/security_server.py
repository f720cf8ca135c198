"""``python -m end_to_end.security_server PORT RATE``: a security server through which RATE calls go each second."""

import gzip
import json
import re
import sys
import time

from aiohttp import web

NUMBER = re.compile(rb"<om:records(From|To)>(\d+)</om:records(?:From|To)>")
PAGE = 200
CANARIES = {
    "messageUserId": "canary-user-001079012345678",
    "messageIssue": "canary-issue",
    "representedPartyCode": "canary-person-001079012345678",
    "restPath": "/canary-path/001079012345678?query=canary-query",
    "faultString": "canary-fault 001079012345678",
    "clientSecurityServerAddress": "canary-address",
}
"""What a security server may tell although nobody has asked."""


def record(second: int, place: int) -> dict:
    fails = place % 5 == 4
    return CANARIES | {
        "monitoringDataTs": second,
        "securityServerType": "Producer",
        "requestInTs": second * 1000 - 500,
        "responseOutTs": second * 1000 - 300,
        "clientXRoadInstance": "VN",
        "clientMemberClass": "GOV",
        "clientMemberCode": "HNI" if place % 3 else "canary-member",
        "clientSubsystemCode": "PORTAL",
        "serviceXRoadInstance": "VN",
        "serviceMemberClass": "GOV",
        "serviceMemberCode": "BCA",
        "serviceSubsystemCode": "DANCU",
        "serviceCode": "lookup",
        "serviceVersion": "v1",
        "messageId": f"canary-message-{second}-{place}",
        "requestSize": 1000,
        "responseSize": 500,
        "succeeded": not fails,
        **({"faultCode": "Server.ServerProxy.ServiceFailed"} if fails else {}),
    }


def answering(rate: int):
    async def answer(request: web.Request) -> web.Response:
        asked = {name: int(number) for name, number in NUMBER.findall(await request.read())}
        start, end, committed = asked[b"From"], asked[b"To"], int(time.time()) - 60
        assert start < committed
        following = None
        if end >= committed:
            end, following = committed - 1, committed
        last = start + max(1, PAGE // rate) - 1
        if last < end:
            end, following = last, last + 1
        records = [record(second, place) for second in range(start, end + 1) for place in range(rate)]
        return multipart(records, following)

    return answer


def multipart(records: list, following: int | None) -> web.Response:
    next_from = "" if following is None else f"<om:nextRecordsFrom>{following}</om:nextRecordsFrom>"
    soap = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:om="http://x-road.eu/xsd/op-monitoring.xsd"><SOAP-ENV:Body>'
        f"<om:getSecurityServerOperationalDataResponse><om:recordsCount>{len(records)}</om:recordsCount>"
        f"<om:records>cid:data</om:records>{next_from}</om:getSecurityServerOperationalDataResponse>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    packed = gzip.compress(json.dumps({"records": records}).encode(), 1)
    body = b"\r\n".join(
        [
            b"--xroad", b"content-type:text/xml", b"", soap.encode(),
            b"--xroad", b"content-type:application/gzip", b"content-id: <data>", b"", packed, b"--xroad--", b"",
        ]
    )  # fmt: skip
    return web.Response(body=body, headers={"Content-Type": 'multipart/related; type="text/xml"; boundary=xroad'})


if __name__ == "__main__":
    application = web.Application()
    application.router.add_post("/", answering(int(sys.argv[2])))
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
