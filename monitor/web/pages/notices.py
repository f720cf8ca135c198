"""Faults of the monitor itself that a person must know of before believing the rest."""

from datetime import UTC, datetime

from monitor.web.pages.layout import Reader, moment
from monitor.web.pages.markup import Content, element


def notices(reader: Reader) -> Content:
    """Return a notice for each fault; nothing when all is well."""
    say, vitals = reader.say, reader.running.vitals
    found: list[tuple[str, Content]] = []
    if why_not := reader.running.unready():
        found.append((say("Chưa sẵn sàng", "Not ready"), why_not))
    if not vitals.reload_ok:
        loaded = moment(reader, datetime.fromtimestamp(vitals.reload_time, UTC)) if vitals.reload_time else "?"
        text = say("Đang dùng cấu hình tải lúc ", "In force is the configuration loaded at ")
        hint = say(". Xem lỗi: ", ". To see the problems: ")
        command = element("code", "datashare-monitor check-config")
        found.append(
            (say("Cấu hình mới bị từ chối", "The new configuration was refused"), [text, loaded, hint, command])
        )
    if vitals.network_up is False:
        text = say("Lỗi kết nối được ghi là “chưa rõ”.", "Failures to connect are shown as unknown meanwhile.")
        found.append((say("Mạng của chính hệ thống giám sát đang hỏng", "The monitor's own network is down"), text))
    for plugin, cause in sorted(vitals.plugin_failures.items()):
        found.append((say(f"Không tải được plugin {plugin}", f"Plugin {plugin} could not be loaded"), cause[:500]))
    for plugin in sorted(vitals.quarantined):
        text = say("Tiến trình của plugin này liên tục bị dừng.", "Its worker was killed again and again.")
        found.append((say(f"Plugin {plugin} đang bị cách ly", f"Plugin {plugin} is in quarantine"), text))
    if not found:
        return None
    items = [element("li", element("strong", title), element("bdi", text)) for title, text in found]
    return element("ul", items, class_="notices", role="status")
