"""What is written for machines reads back as it was, and is harmless where a person looks at it."""

import json

import pytest

from monitor.cli.json_text import json_text

HOSTILE = 'x\x1b[31m\n\r\x9b\x07\u202e\u2028\ud800\U000e0041 "\\ Hà Nội 🏛'


@pytest.mark.parametrize("indent", [None, 2])
def test_hostile_text_is_written_out_and_reads_back(indent):
    value = {"name": HOSTILE, HOSTILE: [HOSTILE, 1.5, None]}

    text = json_text(value, indent=indent)

    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.split("\n")) == (1 if indent is None else 8)
    assert "Hà Nội 🏛" in text
    text.encode()
