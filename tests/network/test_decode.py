"""Decompression stops at the limit, whatever the body claims to be."""

import gzip
import os
import time
import tracemalloc
import zlib

import brotli
import pytest

from monitor.network.decode import decoded
from monitor.observation import Reason
from monitor.plugin import ProbeError

MIB = 1024 * 1024


def raw_deflate(body):
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


@pytest.mark.parametrize("body", [b"a", b"a" * 3 * MIB, os.urandom(3 * MIB)], ids=["small", "even", "random"])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", lambda body: brotli.compress(body, quality=3)),
    ],
)
async def test_bodies_come_back_whole(encoding, compress, body):
    assert await decoded(compress(body), encoding, 3 * MIB) == body


async def test_members_are_joined_and_what_follows_them_is_dropped():
    body = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0\0trailing"

    assert await decoded(body, "gzip", MIB) == b"one two"


async def test_a_member_may_begin_anywhere():
    for size in range(65_520, 65_560):
        stored = gzip.compress(os.urandom(size), compresslevel=0)

        got = await decoded(stored + gzip.compress(b"end"), "gzip", MIB)

        assert got.endswith(b"end")
        assert len(got) == size + 3


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip.compress(bytes(20 * MIB)), "gzip", Reason.TOO_LARGE),
        (zlib.compress(bytes(20 * MIB)), "deflate", Reason.TOO_LARGE),
        (gzip.compress(bytes(MIB + 1)), "gzip", Reason.TOO_LARGE),
        (gzip.compress(b"abcdef")[:-9], "gzip", Reason.CONTENT),
        (b"not gzip", "gzip", Reason.CONTENT),
        (b"\x1f\x8b", "gzip", Reason.CONTENT),
        (b"x", "br", Reason.CONTENT),
        (b"no brotli at all", "br", Reason.CONTENT),
        (brotli.compress(b"abcdef")[:-3], "br", Reason.CONTENT),
        (brotli.compress(b"abcdef") + b"more", "br", Reason.CONTENT),
        (brotli.compress(bytes(200 * MIB), quality=5), "br", Reason.TOO_LARGE),
        (brotli.compress(bytes(MIB + 1)), "br", Reason.TOO_LARGE),
        (b"x", "zstd", Reason.CONTENT),
        (b"x", "gzip, gzip", Reason.CONTENT),
        (b"x", "\x1b[31m", Reason.CONTENT),
    ],
)
async def test_bad_bodies_are_named(body, encoding, reason):
    with pytest.raises(ProbeError) as caught:
        await decoded(body, encoding, MIB)

    assert caught.value.reason is reason
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
async def test_what_is_not_encoded_stays_as_it_is(encoding):
    assert await decoded(b"x", encoding, 1) == b"x"


async def test_a_bomb_of_members_is_cheap():
    bomb = gzip.compress(b"") * 20_000
    began = time.perf_counter()

    assert await decoded(bomb, "gzip", MIB) == b""
    assert time.perf_counter() - began < 2


async def test_a_brotli_bomb_is_cheap():
    bomb = brotli.compress(bytes(200 * MIB), quality=5)
    tracemalloc.start()
    began = time.perf_counter()

    with pytest.raises(ProbeError):
        await decoded(bomb, "br", MIB)

    assert time.perf_counter() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()
