"""What is written is YAML that says the same, and reads as a person would have written it."""

from datetime import date

import pytest
import yaml

from monitor.demo.text import WIDTH, Remarked, text

DOCUMENT = {
    "agency": {"id": "ha-noi", "admin_code": "01", "name": "Hà Nội"},
    "systems": [
        {
            "id": "lgsp",
            "kind": "hub",
            "name": "Nền tảng tích hợp, chia sẻ dữ liệu",
            "tier": 2,
            "use": ["lgsp"],
            "vars": {},
        },
        {"id": "x", "vars": {"base": "http://127.0.0.1:1/a", "long": "y" * 120, "more": ["a", {"b": "c" * 100}]}},
    ],
}


def test_it_reads_back_the_same():
    assert yaml.safe_load(text(DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize(
    "awkward",
    [
        "", " ", "a ", "on", "No", "null", "~", "012", "1:30", "1e3", "a: b", "a #b", "- a", "'", '"', "\\s", "a\nb",
        "\t", "{a}", "[a]", "a, b", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", "ký hiệu: “…”", "10s",
        "2026-01-02", ".5", "=", '{"a":\n "b\\n"}', "a\n\n  \"b\"",
    ],
)  # fmt: skip
def test_awkward_text_reads_back_the_same(awkward):
    document = {"a": awkward, "b": [awkward], "c": {"d": awkward, "e": awkward}}

    assert yaml.safe_load(text(document)) == document


def test_numbers_truth_and_days_keep_their_kind():
    document = {"a": 1, "b": 2.5, "c": True, "d": False, "e": date(2026, 5, 4)}

    assert yaml.safe_load(text(document)) == document


def test_what_fits_stands_in_braces_and_what_is_listed_stands_alone():
    lines = text(DOCUMENT).splitlines()

    assert lines[0] == 'agency: {id: ha-noi, admin_code: "01", name: Hà Nội}'
    assert "  - id: lgsp" in lines
    assert all(len(line) <= WIDTH or "yyy" in line for line in lines)


def test_remarks_stand_above_their_entry_and_cannot_break_out():
    remark = "could not be carried over: alerts\n- id: evil " + "word " * 40
    document = {"systems": [{"id": "a", "checks": [Remarked({"id": "b", "probe": "tcp"}, remark)]}]}

    written = text(document)

    assert yaml.safe_load(written) == document
    lines = written.splitlines()
    assert lines[3].strip().startswith("# could not be carried over: alerts\\n- id: evil")
    assert max(map(len, lines)) <= WIDTH


def test_awkward_key_reads_back_the_same():
    document = {"a": {"X-Key": "1", "on": "2", "a: b": "3", '"': "4", "": "5"}}

    assert yaml.safe_load(text(document)) == document
