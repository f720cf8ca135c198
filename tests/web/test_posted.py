"""Promise: any body is a heartbeat or a 400 that says what to write."""

import json
from datetime import UTC, datetime

import pytest

from monitor.plugin.heartbeat import Heartbeat, HeartbeatState
from monitor.web.posted import posted
from monitor.web.refusal import RefusedError

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_no_body_is_a_success(body):
    assert posted(body, NOW) == Heartbeat(received=NOW, state=HeartbeatState.SUCCESS)


def test_everything_that_may_be_said_is_read():
    body = {
        "state": "fail", "message": "đĩa đầy", "readings": {"rows": 5, "lag_seconds": 0.5}, "run_id": "7",
        "sent_at": "2026-05-04T07:00:00+07:00", "nonce": "n",
    }  # fmt: skip

    found = posted(json.dumps(body).encode(), NOW)

    assert found == Heartbeat(
        received=NOW, state=HeartbeatState.FAIL, message="đĩa đầy", readings={"rows": 5.0, "lag_seconds": 0.5},
        run_id="7", sent=NOW, nonce="n",
    )  # fmt: skip


def test_long_message_is_cut():
    assert len(posted(json.dumps({"message": "x" * 60_000}).encode(), NOW).message) == 500


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "not a JSON object"),
        (b"state=success", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (b"[" * 60_000, "not a JSON object"),
        (b'{"readings": {"a": NaN}}', "not a JSON object"),
        (b'{"readings": {"a": 1e999}}', "must be a finite number"),
        (b'{"readings": {"a": 1' + b"0" * 400 + b"}}", "must be a finite number"),
        (b'{"readings": {"a": 1' + b"0" * 5000 + b"}}", "not a JSON object"),
        (b'{"readings": {"a": true}}', "must be a finite number"),
        (b'{"readings": {"a": "5"}}', "must be a finite number"),
        (b'{"readings": []}', "a mapping of 50 numbers at most"),
        (json.dumps({"readings": {str(n): n for n in range(51)}}).encode(), "a mapping of 50 numbers at most"),
        (json.dumps({"readings": {"x" * 200: 1}}).encode(), "128 characters at most"),
        (b'{"state": "ok"}', "state must be one of start, success, fail"),
        (b'{"state": null}', "state must be one of"),
        (b'{"state": []}', "state must be one of"),
        (b'{"message": 5}', "message must be text"),
        (json.dumps({"run_id": "x" * 129}).encode(), "run_id may have 128 characters"),
        (json.dumps({"nonce": "x" * 129}).encode(), "nonce may have 128 characters"),
        (b'{"sent_at": "2026-05-04T07:00:00"}', "a time with its zone"),
        (b'{"sent_at": 1777852800}', "a time with its zone"),
        (b'{"sent_at": "0001-01-01T00:00:00+14:00"}', "a time with its zone"),
        (b'{"sent_at": null}', "a time with its zone"),
    ],
)
def test_body_that_is_none_is_refused_with_a_remedy(body, said):
    with pytest.raises(RefusedError) as caught:
        posted(body, NOW)

    assert caught.value.status == 400
    assert said in caught.value.detail
    assert len(caught.value.detail) < 200


def test_misspelt_key_is_named_with_the_nearest():
    with pytest.raises(RefusedError) as caught:
        posted(b'{"runid": "7"}', NOW)

    assert caught.value.nearest == ("run_id",)


def test_half_a_surrogate_pair_does_not_travel_on():
    assert posted(b'{"message": "\\ud800"}', NOW).message == "?"
