"""HTTP answers, built once, and how they change with time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer as bytes, and how long the server thinks before it sends it.

    Attributes:
        wire: Head and body; empty when there is no answer at all.
    """

    wire: bytes
    after_seconds: float = 0.0

    @property
    def body(self) -> bytes:
        """What follows the head."""
        return self.wire.partition(b"\r\n\r\n")[2]


Behaviour = Callable[[float], Reply]
"""What a path answers at a time, in seconds since the epoch."""


def reply(status: int, body: object, *, after_seconds: float = 0.0, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an answer; a body that is no text is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    kind = "application/json" if not isinstance(body, str) else "text/xml" if body.startswith("<?xml") else "text/html"
    content = text.encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {kind}; charset=utf-8",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return Reply("\r\n".join([*lines, "", ""]).encode("latin-1") + content, after_seconds)


def always(answer: Reply) -> Behaviour:
    """Return the behaviour that never changes."""
    return lambda _now: answer


def flapping(good: Reply, bad: Reply, *, good_seconds: float, bad_seconds: float, offset_seconds: float) -> Behaviour:
    """Return the behaviour that is good and bad in turn, on a fixed beat of the clock."""
    period = good_seconds + bad_seconds
    return lambda now: good if (now + offset_seconds) % period < good_seconds else bad


def published(age_seconds: float) -> Behaviour:
    """Return the behaviour of a document whose newest record is always that old, give or take a minute."""

    def answer(now: float) -> Reply:
        newest = datetime.fromtimestamp((now - age_seconds) // 60 * 60, UTC)
        return reply(200, {"newest_record": newest.isoformat(), "service": "records"})

    return answer


OK = reply(200, {"status": "OK", "message": "Hệ thống hoạt động bình thường"})
LOGGED_IN = reply(200, {"error_code": 0, "message": "Thành công", "session": "7f3c9a51"})
TOKEN = reply(200, {"access_token": "demonstration", "token_type": "Bearer", "expires_in": 3600})
SOAP = reply(
    200,
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body><statusResponse><state>READY</state></statusResponse></soap:Body></soap:Envelope>",
)
SLOW = reply(200, {"status": "OK", "message": "Hệ thống đang quá tải"}, after_seconds=2.4)
BUSY = reply(200, {"error_code": -16, "message": "Hệ thống bận, vui lòng thử lại sau"})
FAILED = reply(200, {"status": "FAIL", "message": "Không gửi được văn bản"})
FAULT = reply(
    200,
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>Không kết nối được cơ sở dữ liệu"
    "</faultstring></soap:Fault></soap:Body></soap:Envelope>",
)
UNAVAILABLE = reply(503, {"message": "Dịch vụ tạm thời không khả dụng"})
GATEWAY_TIMEOUT = reply(504, {"message": "Hệ thống cung cấp dữ liệu không trả lời"})
UNAUTHORIZED = reply(401, {"error": "invalid_client"}, headers={"WWW-Authenticate": 'Bearer realm="lgsp"'})
THROTTLED = reply(429, {"message": "Quá hạn mức gọi dịch vụ trong ngày"}, headers={"Retry-After": "3600"})
NOTICE = reply(200, "<!doctype html><title>Thông báo</title><p>Hệ thống đang được nâng cấp.</p>")
AGREED = reply(
    200, {"openapi": "3.0.3", "paths": {"/documents/{id}": {"get": {"responses": {"200": {"description": "one"}}}}}}
)
DRIFTED = reply(
    200, {"openapi": "3.0.3", "paths": {"/texts/{id}": {"get": {"responses": {"200": {"description": "one"}}}}}}
)
NOT_FOUND = reply(404, {"message": "Không tìm thấy"})
BROKEN = reply(400, {"message": "Yêu cầu không hợp lệ"})
