"""Whatever a file holds, reading it never raises, and what is broken is reported."""

import random
from pathlib import Path

import pytest
from config.landscape import MONITOR, loaded, write

GOOD = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
contacts:
  truc-ban: {name: Trực ban, email: trucban@hanoi.example}
systems:
  - id: lgsp
    kind: hub
    name: Nền tảng
    owner: truc-ban
    use: [lgsp]
    vars: {base: https://lgsp.hanoi.example}
    maintenance: [{every: sat, from: "22:00", for: 4h}]
    objective: {availability: 99.0, latency: {p95: 2s}}
    checks:
      - {id: cert, probe: tls, every: 1h, with: {target: lgsp.hanoi.example:443, min_days: 21}}
connections:
  - id: population
    provider: lgsp
    owner: truc-ban
    states: [{state: live, on: 2026-05-04}]
    checks:
      - id: lookup
        probe: http
        every: 30s
        with: {target: https://lgsp.hanoi.example/, fail_if_body_not_matches_regexp: ['"error_code":\\s*0']}
""".encode()
SEED = 20260504
PIECES = [
    b"'",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"&a ",
    b"*a",
    b"!!x ",
    b"|\n",
    b"<<: ",
    b"\t",
    b"\0",
    b"\xff",
    b"${",
    b"- ",
    b": ",
    b"#",
    b"\n",
]


def read(root: Path, content: bytes, name: str = "agencies/ha-noi.yaml") -> bool:
    found = loaded(write(root, {name: content}))
    assert (found.inventory is None) == any(problem.is_error for problem in found.problems)
    for problem in found.problems:
        assert str(problem).count("\n") == 1
        assert str(problem).replace("\n", "").isprintable()
    return found.inventory is not None


def test_good_file_is_read(tmp_path):
    assert read(tmp_path, GOOD)


@pytest.mark.parametrize("part", range(8))
def test_truncated_file_never_raises(part, tmp_path):
    for length in range(part, len(GOOD), 24):
        read(tmp_path, GOOD[:length])


@pytest.mark.parametrize("part", range(8))
def test_flipped_bytes_never_raise(part, tmp_path):
    chance = random.Random(SEED + part)
    for _ in range(20):
        content = bytearray(GOOD)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        read(tmp_path, bytes(content))


@pytest.mark.parametrize("part", range(8))
def test_inserted_and_moved_pieces_never_raise(part, tmp_path):
    chance = random.Random(SEED * 2 + part)
    for _ in range(20):
        content = bytearray(GOOD)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(content))
            content[at:at] = chance.choice(PIECES)
        start, end = sorted(chance.randrange(len(content)) for _ in range(2))
        content += content[start : min(end, start + 60)]
        read(tmp_path, bytes(content))


@pytest.mark.parametrize("value", ["[]", "{}", "1", "x", "", "true", "[[x]]", "{a: {b: c}}", "-1e400", '"\\ud83d"'])
def test_any_value_in_any_place_never_raises(value, tmp_path):
    lines = GOOD.decode().splitlines()
    for number, line in enumerate(lines):
        key, colon, _ = line.partition(":")
        if colon:
            changed = [*lines[:number], f"{key}: {value}", *lines[number + 1 :]]
            read(tmp_path, "\n".join(changed).encode())


def test_broken_monitor_yaml_never_raises(tmp_path):
    chance = random.Random(SEED)
    write(tmp_path, {"agencies/ha-noi.yaml": GOOD})
    text = (MONITOR + "time_zone: Asia/Ho_Chi_Minh\nlisten: 127.0.0.1:9664\negress: {allow: [10.0.0.0/8]}\n").encode()
    for _ in range(60):
        content = bytearray(text)
        content[chance.randrange(len(content))] = chance.randrange(256)
        read(tmp_path, bytes(content), "monitor.yaml")
