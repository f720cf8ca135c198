"""What a look at a WebSocket measures."""

from monitor.plugin import Measure
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, TLS

STATUS_CODE = Measure("probe_websocket_status_code", "Status code of the answer to the handshake; 101 when it opened.")
PING = Measure("probe_websocket_ping_seconds", "From our ping to its pong.")
MESSAGES = Measure("probe_websocket_received_messages", "Messages that came during the conversation.")
CLOSE_CODE = Measure(
    "probe_websocket_close_code", "Code the server closed with; 1006 when it hung up without one (RFC 6455)."
)

MEASURES = (STATUS_CODE, PING, MESSAGES, CLOSE_CODE, FAILED_DUE_TO_REGEX, *TLS)
