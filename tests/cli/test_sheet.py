"""A plan begins with what it comes to, and is as readable for three thousand changes as for one."""

import pytest

from monitor.cli.sheet import sheet
from monitor.cli.steps import Deed, Edit, Step
from monitor.config.description import Kind

FASTER = {"every": Edit("30s", "10s")}


def changed(name, edits=FASTER, kind=Kind.CHECK):
    return Step(kind, name, Deed.CHANGED, edits)


def daemon(**edits):
    return Step(Kind.DAEMON, "monitor.yaml", Deed.CHANGED, edits)


def test_nothing_to_do_is_one_line():
    assert [*sheet([])] == ["A reload would change nothing."]


def test_one_change_is_shown_with_its_field():
    assert [*sheet([changed("a/b/c")])] == [
        "A reload would change 1 check.",
        "\nChecks",
        "  ~ a/b/c",
        "      every: 30s → 10s",
    ]


def test_many_that_change_alike_are_one_entry():
    lines = [*sheet([changed(f"a/b/{number:04}") for number in range(3000)])]

    assert lines[:5] == [
        "A reload would change 3,000 checks.",
        "\nChecks",
        "  ~ 3,000 alike",
        "      every: 30s → 10s",
        "    a/b/0000",
    ]
    assert lines[-1] == "    … and 2,992 more; --all shows them"
    assert len(lines) == 13


def test_many_that_change_each_in_its_own_way_are_cut():
    found = [changed(f"a/b/{number:04}", {"every": Edit("30s", f"{number + 60}s")}) for number in range(3000)]

    lines = [*sheet(found)]

    assert lines[-1] == "  … and 2,995 more, changed in 2,995 other ways; --all shows them"
    assert len(lines) == 13


def test_all_leaves_nothing_out():
    found = [changed(f"a/b/{number}", {"every": Edit("30s", f"{number + 60}s")}) for number in range(50)]
    found += [Step(Kind.CHECK, f"z/z/{number}", Deed.REMOVED) for number in range(50)]

    text = "\n".join(sheet(found, whole=True))

    assert all(step.id in text for step in found)
    assert "--all" not in text


def test_what_is_removed_is_never_behind_what_changes():
    found = [changed(f"a/b/{number}", {"every": Edit("30s", f"{number + 60}s")}) for number in range(50)]
    found.append(Step(Kind.CHECK, "z/z/gone", Deed.REMOVED))

    assert [*sheet(found)][2] == "  - z/z/gone"


def test_summary_counts_kind_by_kind():
    found = [
        Step(Kind.AGENCY, "a", Deed.ADDED), Step(Kind.SYSTEM, "a/b", Deed.ADDED), Step(Kind.SYSTEM, "a/c", Deed.ADDED),
        changed("a/b/c"), Step(Kind.CONNECTION, "a/p", Deed.REMOVED), daemon(time_zone=Edit("Asia/Tokyo", "Asia/Hue")),
    ]  # fmt: skip

    assert next(sheet(found)) == (
        "A reload would add 1 agency and 2 systems; change 1 check and the time zone; remove 1 connection."
    )


def test_settings_of_the_daemon_are_told_apart_by_when_they_apply():
    found = [daemon(beat=Edit("20ms", "50ms"), time_zone=Edit("Asia/Tokyo", "Asia/Seoul"))]

    assert [*sheet(found)] == [
        "A reload would change the time zone.",
        "1 setting of the daemon waits for a restart.",
        "\nDaemon, at a reload",
        "  time_zone: Asia/Tokyo → Asia/Seoul",
        "\nDaemon, at a restart",
        "  beat: 20ms → 50ms",
    ]


def test_of_contacts_only_the_id_is_shown():
    found = [changed("a/duty", {"details": Edit("(not shown)", "(not shown)")}, Kind.CONTACT)]

    assert [*sheet(found)][1:] == ["\nContacts", "  ~ a/duty"]


def test_check_that_is_only_written_in_another_way_says_so():
    assert "no field differs" in [*sheet([changed("a/b/c", {})])][-1]


def test_value_that_the_daemon_does_not_tell_is_explained_once():
    lines = [
        *sheet([changed("a/b/c", {"with.target": Edit("…", "x")}), changed("a/b/d", {"with.target": Edit("…", "y")})])
    ]

    assert sum("--from" in line for line in lines) == 1


@pytest.mark.parametrize("edit", [Edit("\x1b[31m", "2"), Edit("1", "a\nb")])
def test_text_from_files_does_not_steer_the_terminal(edit):
    line = [*sheet([changed("a/b/c", {"zone": edit}, Kind.SYSTEM)])][-1]

    assert "\x1b" not in line
    assert "\n" not in line
