"""Text for people, in both languages."""

from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """The languages there is a set of dashboards in."""

    VI = "vi"
    EN = "en"


class Words(NamedTuple):
    """The same in Vietnamese and in English."""

    vi: str
    en: str

    def in_(self, language: Language) -> str:
        """Return it in one language."""
        return self.vi if language is Language.VI else self.en


UP = Words("● Hoạt động", "● Up")
DEGRADED = Words("▲ Suy giảm", "▲ Degraded")
DOWN = Words("✕ Ngừng", "✕ Down")
UNKNOWN = Words("? Không rõ", "? Unknown")
MAINTENANCE = Words("◷ Bảo trì", "◷ Maintenance")
STATES = {"up": UP, "degraded": DEGRADED, "down": DOWN, "unknown": UNKNOWN, "maintenance": MAINTENANCE}

COLUMNS = {
    "programme": Words("Chương trình", "Programme"),
    "alertname": Words("Cảnh báo", "Alert"),
    "severity": Words("Mức độ", "Severity"),
    "instance": Words("Bộ giám sát", "Monitor"),
    "agency": Words("Mã cơ quan", "Agency"),
    "name": Words("Tên", "Name"),
    "target": Words("Hệ thống hoặc kết nối", "System or connection"),
    "check": Words("Kiểm tra", "Check"),
    "consumer": Words("Bên khai thác", "Consumer"),
    "provider": Words("Bên cung cấp", "Provider"),
    "service": Words("Dịch vụ", "Service"),
    "via": Words("Đi qua", "Via"),
    "kind": Words("Loại", "Kind"),
    "tier": Words("Mức quan trọng", "Tier"),
    "stage": Words("Bước", "Stage"),
    "at": Words("Tại", "At"),
    "domain": Words("Bên phải xử lý", "Who has to act"),
    "owner": Words("Đầu mối", "Contact"),
    "outcome": Words("Kết quả", "Outcome"),
    "reason": Words("Lý do", "Reason"),
    "version": Words("Phiên bản", "Version"),
    "python": Words("Python", "Python"),
}
"""What the labels are called at the head of a table, in the order of its columns."""

VALUES = {
    "domain": {
        "consumer": Words("Bên khai thác", "Consumer"),
        "hub": Words("Trục kết nối", "Hub"),
        "provider": Words("Bên cung cấp", "Provider"),
        "network": Words("Mạng", "Network"),
        "monitor": Words("Hệ thống giám sát", "Monitor"),
    },
    "stage": {
        "planned": Words("Dự kiến", "Planned"),
        "requested": Words("Đã đề nghị", "Requested"),
        "approved": Words("Đã chấp thuận", "Approved"),
        "testing": Words("Thử nghiệm", "Testing"),
        "live": Words("Đang dùng", "Live"),
        "suspended": Words("Tạm dừng", "Suspended"),
        "retired": Words("Đã bỏ", "Retired"),
    },
    "outcome": {
        "ok": Words("Thành công", "OK"),
        "client_error": Words("Lỗi bên gọi", "Client error"),
        "server_error": Words("Lỗi bên cung cấp", "Server error"),
        "timeout": Words("Quá thời gian", "Timeout"),
        "throttled": Words("Bị hạn chế", "Throttled"),
    },
}
"""What the values of some labels are called in a table."""
