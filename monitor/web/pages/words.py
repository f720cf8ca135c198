"""What the pages say, in Vietnamese and in English."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from aiohttp import web

from monitor.inventory import Stage
from monitor.judge.locate import HopVerdict
from monitor.observation import FaultDomain, Reason, Status
from monitor.web.negotiation import preferences

Pair = tuple[str, str]
"""Vietnamese, English."""


class Language(StrEnum):
    """A language of the pages."""

    VI = "vi"
    EN = "en"


Say = Callable[[str, str], str]
"""Picks one of two texts, Vietnamese and English."""


def say_in(language: Language) -> Say:
    """Return the function that picks the text in a language."""
    if language is Language.VI:
        return lambda vietnamese, english: vietnamese  # noqa: ARG005
    return lambda vietnamese, english: english  # noqa: ARG005


def language_of(request: web.Request) -> Language:
    """Return the language asked for with ``lang``, else with Accept-Language, else Vietnamese."""
    asked = request.query.get("lang")
    if asked in {"vi", "en"}:
        return Language(asked)
    best = {Language.VI: 0.0, Language.EN: 0.0}
    for entry in preferences(request.headers.get("Accept-Language", "")):
        primary = entry.name.partition("-")[0]
        if primary in best:
            best[Language(primary)] = max(best[Language(primary)], entry.quality)
    return Language.EN if best[Language.EN] > best[Language.VI] else Language.VI


STATUSES: Mapping[Status, Pair] = {
    Status.UP: ("Hoạt động", "Up"),
    Status.DEGRADED: ("Suy giảm", "Degraded"),
    Status.DOWN: ("Gián đoạn", "Down"),
    Status.UNKNOWN: ("Chưa rõ", "Unknown"),
}
SYMBOLS: Mapping[Status, str] = {Status.UP: "●", Status.DEGRADED: "▲", Status.DOWN: "✕", Status.UNKNOWN: "?"}
"""A shape for each, because colour alone says nothing to many."""
MAINTENANCE: Pair = ("Bảo trì", "Maintenance")

FAULTS: Mapping[FaultDomain, Pair] = {
    FaultDomain.CONSUMER: ("bên khai thác", "the consumer"),
    FaultDomain.HUB: ("nền tảng trung gian", "a hub on the way"),
    FaultDomain.PROVIDER: ("bên cung cấp", "the provider"),
    FaultDomain.NETWORK: ("đường truyền", "the network"),
    FaultDomain.MONITOR: ("hệ thống giám sát", "the monitor itself"),
}

ROLES: Mapping[FaultDomain, Pair] = {
    FaultDomain.CONSUMER: ("Bên khai thác", "Consumer"),
    FaultDomain.HUB: ("Nền tảng trung gian", "Hub"),
    FaultDomain.PROVIDER: ("Bên cung cấp", "Provider"),
}
"""Of the hops of a path."""

VERDICTS: Mapping[HopVerdict, tuple[str, str, Pair]] = {
    HopVerdict.UP: ("●", "up", ("Hoạt động", "Up")),
    HopVerdict.DEGRADED: ("▲", "degraded", ("Suy giảm", "Degraded")),
    HopVerdict.BROKEN: ("✕", "down", ("Hỏng ở đây", "Broken here")),
    HopVerdict.UNREACHABLE: ("┄", "unknown", ("Chưa tới được", "Not reached")),
    HopVerdict.UNKNOWN: ("?", "unknown", ("Chưa rõ", "Unknown")),
    HopVerdict.UNSEEN: ("○", "unknown", ("Không theo dõi", "Not watched")),
}
"""How a hop stands on a path: a shape, the state it is coloured like, a word."""

STAGES: Mapping[Stage, Pair] = {
    Stage.PLANNED: ("dự kiến", "planned"),
    Stage.REQUESTED: ("đã đề nghị", "requested"),
    Stage.APPROVED: ("đã chấp thuận", "approved"),
    Stage.TESTING: ("đang thử nghiệm", "testing"),
    Stage.LIVE: ("đã đưa vào sử dụng", "live"),
    Stage.SUSPENDED: ("tạm dừng", "suspended"),
    Stage.RETIRED: ("đã dừng hẳn", "retired"),
}

REASONS: Mapping[Reason, Pair] = {
    Reason.TIMEOUT: ("không trả lời kịp thời hạn", "no answer in time"),
    Reason.REFUSED: ("từ chối kết nối", "connection refused"),
    Reason.UNREACHABLE: ("không tới được", "unreachable"),
    Reason.DISCONNECTED: ("bị ngắt kết nối giữa chừng", "disconnected midway"),
    Reason.DNS: ("không phân giải được tên miền", "name does not resolve"),
    Reason.TLS: ("bắt tay TLS thất bại", "TLS handshake failed"),
    Reason.CERTIFICATE: ("chứng thư số không hợp lệ", "certificate not valid"),
    Reason.CERTIFICATE_EXPIRED: ("chứng thư số đã hết hạn", "certificate expired"),
    Reason.CERTIFICATE_NOT_YET_VALID: ("chứng thư số chưa có hiệu lực", "certificate not valid yet"),
    Reason.CERTIFICATE_NAME: ("chứng thư số cấp cho tên khác", "certificate for another name"),
    Reason.CERTIFICATE_SELF_SIGNED: ("chứng thư số tự ký", "certificate signed by itself"),
    Reason.CERTIFICATE_UNTRUSTED: ("chứng thư số do bên không tin cậy cấp", "certificate of an unknown authority"),
    Reason.CERTIFICATE_CHAIN: ("chuỗi chứng thư số không đầy đủ", "certificate chain incomplete"),
    Reason.CERTIFICATE_REVOKED: ("chứng thư số đã bị thu hồi", "certificate revoked"),
    Reason.CERTIFICATE_WEAK: ("mã hóa không còn an toàn", "encryption no longer safe"),
    Reason.REVOCATION_UNKNOWN: ("không rõ chứng thư số có bị thu hồi không", "revocation cannot be checked"),
    Reason.PROTOCOL: ("trả lời sai giao thức", "answer breaks the protocol"),
    Reason.STATUS: ("mã trạng thái không như mong đợi", "unexpected status"),
    Reason.HEADER: ("tiêu đề không như mong đợi", "unexpected header"),
    Reason.CONTENT: ("nội dung không như mong đợi", "unexpected content"),
    Reason.TOO_LARGE: ("trả lời quá lớn", "answer too large"),
    Reason.REDIRECT: ("chuyển hướng không được phép", "redirect not allowed"),
    Reason.UNAUTHORIZED: ("thông tin xác thực bị từ chối", "credentials refused"),
    Reason.FORBIDDEN: ("không có quyền truy cập", "access forbidden"),
    Reason.THROTTLED: ("vượt hạn mức gọi", "quota used up"),
    Reason.SERVICE_FAULT: ("dịch vụ báo lỗi", "the service reports a fault"),
    Reason.CERTIFICATE_EXPIRES: ("chứng thư số sắp hết hạn", "certificate expires soon"),
    Reason.SLOW: ("trả lời chậm", "slow answer"),
    Reason.STALE: ("dữ liệu không được cập nhật", "stale data"),
    Reason.BACKLOG: ("hồ sơ, văn bản tồn đọng", "backlog"),
    Reason.MISMATCH: ("dữ liệu hai bên không khớp", "the two ends disagree"),
    Reason.SILENT: ("không báo về như đã hẹn", "did not report in"),
    Reason.SELF_REPORTED: ("hệ thống tự báo lỗi", "the system says it is failing"),
    Reason.MAINTENANCE: ("hệ thống tự báo đang bảo trì", "the system says it is in maintenance"),
    Reason.PENDING: ("chưa có lần kiểm tra nào kết thúc", "no run has ended yet"),
    Reason.PLUGIN: ("lỗi của phần mở rộng (plugin)", "the plugin failed"),
    Reason.WORKER: ("tiến trình của plugin đã chết", "the plugin's worker died"),
    Reason.EGRESS: ("hệ thống giám sát không được phép kết nối tới đó", "the monitor may not connect there"),
    Reason.SECRET: ("không đọc được thông tin bí mật cần dùng", "a secret cannot be read"),
    Reason.RESOURCES: ("hệ thống giám sát hết tài nguyên", "the monitor ran out of resources"),
    Reason.NETWORK: ("mạng của hệ thống giám sát gặp sự cố", "the monitor's own network failed"),
    Reason.LAGGED: ("hệ thống giám sát bị chậm", "the monitor lagged"),
    Reason.SKIPPED: ("không còn chỗ để chạy", "no slot was free"),
    Reason.OVERDUE: ("đã quá lâu không có kết quả", "no result for too long"),
}

UNITS: tuple[tuple[int, Pair], ...] = (
    (86400, ("ngày", "d")),
    (3600, ("giờ", "h")),
    (60, ("phút", "min")),
    (1, ("giây", "s")),
)


def span(seconds: float, say: Say) -> str:
    """Return a length of time in its largest unit, and the next one below: ``3 h 12 min``."""
    left = max(0, int(seconds))
    for index, (size, unit) in enumerate(UNITS):
        if left >= size or size == 1:
            text = f"{left // size} {say(*unit)}"
            rest = left % size
            if size > 1 and rest >= UNITS[index + 1][0]:
                smaller, name = UNITS[index + 1]
                text += f" {rest // smaller} {say(*name)}"
            return text
    return ""
