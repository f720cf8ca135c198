"""Promise: the stream is gzip that everybody can read, whichever library makes it."""

import gzip as standard

import pytest

from monitor.web import compression


@pytest.mark.parametrize("has_isal", [True, False])
def test_stream_reads_back_as_what_went_in(monkeypatch, has_isal):
    if has_isal:
        pytest.importorskip("isal")
    monkeypatch.setattr(compression, "_has_isal", lambda: has_isal)
    pieces = [b"datashare_probe_success 1\n" * 1000, b"", b"x"]

    stream = compression.gzip()
    sent = b"".join([*map(stream.compress, pieces), stream.flush()])

    assert standard.decompress(sent) == b"".join(pieces)
    assert len(sent) < 1000
