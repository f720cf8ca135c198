"""Only what can be a host name is looked up, and hostile text is shown as one short line."""

import pytest

from monitor.network.hostname import canonical, shown
from monitor.plugin import ProbeError


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("A.Example", "a.example"),
        ("a.example.", "a.example."),
        ("_sip._tcp.example", "_sip._tcp.example"),
        ("a-b.example", "a-b.example"),
        ("intranet", "intranet"),
        ("1.2.3.example", "1.2.3.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_names_are_written_one_way(host, expected):
    assert canonical(host) == expected


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", ".a", "a b", "a\nb", "a\0b", "a/b", "a:80", "a@b", "-a.example", "a" * 64, "a." * 127 + "ab",
        "1.2.3", "1.2.3.4", "0x7f.1", "12345", "a.1", "a.0x1", "[::1]", "é" * 80, "\ud800.example", "a。b\r\n.example",
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(host):
    with pytest.raises(ProbeError) as caught:
        canonical(host)

    assert caught.value.detail.isprintable()


def test_hostile_text_is_shown_as_one_short_line():
    text = shown("\x1b[31m\n\u202e" + "a" * 500)

    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 150
