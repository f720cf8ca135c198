"""What the management API knows of a queue beyond its length."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from monitor.plugin import HttpOptions, ProbeError, Reason, TlsConfig, Vantage
from monitor.plugin.http import apart, read_json

LARGEST_ANSWER = 1024 * 1024
REASONS = {
    401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 404: Reason.CONTENT, 429: Reason.THROTTLED,
    503: Reason.SERVICE_FAULT,
}  # fmt: skip
"""Every other status is ``Reason.STATUS``."""
STATES = frozenset({"running", "idle", "flow"})
"""In which a queue takes and gives messages."""
TROUBLES = frozenset({"down", "crashed", "stopped", "terminated", "minority", "syncing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A queue, as the management API has it.

    Attributes:
        trouble: The state of a queue that does not work; empty when it does.
        oldest: When the message at the head was made, if whoever sent it said so.
    """

    ready: int
    unacknowledged: int
    consumers: int
    size: int | None
    oldest: datetime | None
    trouble: str


async def managed(
    vantage: Vantage, url: str, vhost: str, queue: str, login: tuple[str, str], tls_config: TlsConfig
) -> Facts:
    """Ask the management API for a queue.

    Raises:
        ProbeError: It has none, or its answer is not of this API.
        OSError: No connection, or it broke.
    """
    where = f"{url.rstrip('/')}/api/queues/{quote(vhost, safe='')}/{quote(queue, safe='')}"
    sent = base64.b64encode(":".join(login).encode()).decode()
    options = HttpOptions(tls_config=tls_config, follow_redirects=False, max_body=LARGEST_ANSWER)
    with vantage.phase("management"):
        answer = await vantage.http.request("GET", where, headers={"Authorization": f"Basic {sent}"}, options=options)
    if answer.status != 200:
        reason = REASONS.get(answer.status, Reason.STATUS)
        raise ProbeError(reason, f"the management API answered {answer.status}, expected 200")
    found = await apart(answer.body, lambda: read_json(answer.body, "the answer of the management API"))
    try:
        return _facts(found)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        raise ProbeError(Reason.CONTENT, "the management API answers with no queue") from None


def _facts(answer: Any) -> Facts:
    state, at = answer.get("state", "running"), answer.get("head_message_timestamp")
    trouble = "" if state in STATES else state if state in TROUBLES else "unknown to us"
    size = answer.get("message_bytes")
    return Facts(
        ready=_count(answer["messages_ready"]),
        unacknowledged=_count(answer["messages_unacknowledged"]),
        consumers=_count(answer["consumers"]),
        size=None if size is None else _count(size),
        oldest=datetime.fromtimestamp(_count(at), UTC) if at not in (None, "") else None,
        trouble=trouble,
    )


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("no number")
    return value
