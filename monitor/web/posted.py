"""The body of a heartbeat: JSON, or nothing at all."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn

from monitor.plugin.heartbeat import Heartbeat, HeartbeatState
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest

KEYS = ("state", "message", "readings", "run_id", "sent_at", "nonce")
MOST_MESSAGE = 500
"""Characters that are kept of a message."""
MOST_WORD = 128
"""Characters of a run_id, a nonce or the name of a reading."""
MOST_READINGS = 50


def posted(body: bytes, received: datetime) -> Heartbeat:
    """Return the heartbeat that a body describes; an empty one is a success.

    Raises:
        RefusedError: 400, and what to write instead.
    """
    facts = _mapping(body) if body.strip() else {}
    for key in facts:
        if key not in KEYS:
            raise RefusedError(
                400, f"there is no key {key[:50]!r}; there are {', '.join(KEYS)}", nearest=nearest(key, KEYS)
            )
    return Heartbeat(
        received=received,
        state=_state(facts.get("state", "success")),
        message=_text(facts, "message")[:MOST_MESSAGE],
        readings=_readings(facts.get("readings", {})),
        run_id=_word(facts, "run_id"),
        sent=_moment(facts["sent_at"]) if "sent_at" in facts else None,
        nonce=_word(facts, "nonce"),
    )


def _mapping(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RefusedError(400, 'the body is not a JSON object; send {"state": "success"}, or nothing')
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _state(value: object) -> HeartbeatState:
    if isinstance(value, str) and value in [*HeartbeatState]:
        return HeartbeatState(value)
    raise RefusedError(400, f"state must be one of {', '.join(HeartbeatState)}")


def _text(facts: Mapping[str, object], key: str) -> str:
    value = facts.get(key, "")
    if not isinstance(value, str):
        raise RefusedError(400, f"{key} must be text; put quotes around it")
    return value.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair


def _word(facts: Mapping[str, object], key: str) -> str:
    value = _text(facts, key)
    if len(value) > MOST_WORD:
        raise RefusedError(400, f"{key} may have {MOST_WORD} characters at most")
    return value


def _moment(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise RefusedError(400, "sent_at must be a time with its zone, as date -Is writes it: 2026-05-04T02:00:00+07:00")


def _readings(value: object) -> Mapping[str, float]:
    if not isinstance(value, dict) or len(value) > MOST_READINGS:
        raise RefusedError(400, f"readings must be a mapping of {MOST_READINGS} numbers at most")
    return {_name(name): _number(name, number) for name, number in value.items()}


def _name(name: str) -> str:
    if len(name) > MOST_WORD:
        raise RefusedError(400, f"the name of a reading may have {MOST_WORD} characters at most")
    return name


def _number(name: str, value: object) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:  # more digits than a float has room for
        pass
    raise RefusedError(400, f"the reading {name[:50]!r} must be a finite number")
