"""``python -m tests.benchmarks.security_server PORT RECORDS``: serves pages of operational records made beforehand."""

import gzip
import json
import re
import sys
import time

from aiohttp import web

START = re.compile(rb"<om:recordsFrom>(\d+)<")
PER_SECOND = 400
PER_PAGE = 10_000
CONSUMERS, SERVICES = 56, 40


def record(second: int, number: int) -> dict[str, object]:
    """Return a record as PR-OPMON has it, of one of 2,240 pairs."""
    return {
        "monitoringDataTs": second,
        "securityServerType": "Producer",
        "requestInTs": second * 1000 - 500,
        "responseOutTs": second * 1000 - 300 + number % 100,
        "clientXRoadInstance": "VN",
        "clientMemberClass": "GOV",
        "clientMemberCode": f"AGENCY-{number % CONSUMERS}",
        "clientSubsystemCode": "PORTAL",
        "serviceXRoadInstance": "VN",
        "serviceMemberClass": "GOV",
        "serviceMemberCode": "BCA",
        "serviceSubsystemCode": f"SERVICE-{number % SERVICES}",
        "serviceCode": "lookup",
        "serviceVersion": "v1",
        "messageId": f"5f1f6a2c-0000-4000-8000-{second:06d}{number:06d}",
        "requestSize": 1200 + number % 300,
        "responseSize": 2500 + number % 900,
        "succeeded": number % 50 != 0,
        **({"faultCode": "Server.ServerProxy.ServiceFailed"} if number % 50 == 0 else {}),
    }


def main() -> None:
    """Make all pages, then serve them."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    seconds = count // PER_SECOND
    first = int(time.time()) - 300 - seconds
    span = PER_PAGE // PER_SECOND
    pages = {}
    for start in range(first, first + seconds, span):
        end = min(start + span, first + seconds)
        records = [record(second, number) for second in range(start, end) for number in range(PER_SECOND)]
        pages[start] = packed(records, end if end < first + seconds else None)

    async def answer(request: web.Request) -> web.Response:
        found = START.search(await request.read())
        start = max(first, int(found[1])) if found else first
        body = pages.get(first + (start - first) // span * span) or packed([], None)
        return web.Response(body=body, headers={"Content-Type": "multipart/related; boundary=xroad"})

    application = web.Application()
    application.router.add_post("/", answer)
    web.run_app(application, host="127.0.0.1", port=port, print=lambda *_: print("ready", flush=True))


def packed(records: list[dict[str, object]], following: int | None) -> bytes:
    """Return an answer as it goes over the wire."""
    next_from = "" if following is None else f"<om:nextRecordsFrom>{following}</om:nextRecordsFrom>"
    soap = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:om="http://x-road.eu/xsd/op-monitoring.xsd"><s:Body><om:getSecurityServerOperationalDataResponse>'
        f"<om:recordsCount>{len(records)}</om:recordsCount><om:records>cid:data</om:records>{next_from}"
        "</om:getSecurityServerOperationalDataResponse></s:Body></s:Envelope>"
    )
    attachment = gzip.compress(json.dumps({"records": records}).encode(), 1)
    head = b"--xroad\r\ncontent-type:text/xml\r\n\r\n" + soap.encode()
    return head + b"\r\n--xroad\r\ncontent-id: <data>\r\n\r\n" + attachment + b"\r\n--xroad--\r\n"


if __name__ == "__main__":
    main()
