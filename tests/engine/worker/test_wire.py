"""Messages survive any cutting of the stream, and what is not a message is refused."""

import pytest

from monitor.engine.worker.wire import MOST_BYTES, Frames, GarbageError, frame

MESSAGES = [{"run": 1}, {}, {"text": "Hà Nội \ud800 \x00", "list": [1, 2.5, None]}]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(size):
    stream = b"".join(map(frame, MESSAGES))
    frames = Frames()

    found = [message for start in range(0, len(stream), size) for message in frames.feed(stream[start : start + size])]

    assert found == MESSAGES


def test_numbers_that_json_does_not_have_come_out_as_nothing():
    [message] = Frames().feed(frame({"values": [float("nan"), float("inf"), -float("inf")]}))

    assert message == {"values": [None, None, None]}


@pytest.mark.parametrize(
    "body",
    [b"", b"oops", b"[]", b"1", b'"text"', b"null", b"\xff\xfe", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000],
)
def test_what_is_not_a_json_object_is_garbage(body):
    with pytest.raises(GarbageError):
        Frames().feed(len(body).to_bytes(4, "big") + body)


def test_frame_over_the_limit_is_garbage_before_it_has_arrived():
    with pytest.raises(GarbageError):
        Frames().feed((MOST_BYTES + 1).to_bytes(4, "big"))


def test_message_over_the_limit_is_not_written():
    with pytest.raises(ValueError, match="over the limit"):
        frame({"text": "x" * MOST_BYTES})


def test_frame_that_drips_in_for_ever_is_garbage():
    frames = Frames()
    frames.feed((1000 * 1000).to_bytes(4, "big"))

    with pytest.raises(GarbageError, match="pieces"):
        [frames.feed(b"x") for _ in range(10_000)]


def test_many_small_messages_are_no_dripping():
    frames = Frames()

    found = [message for _ in range(3000) for message in frames.feed(frame({}))]

    assert len(found) == 3000
