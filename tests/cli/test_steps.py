"""Steps name everything that a reload changes, and each field with what it was and what it becomes."""

import pytest

from monitor.cli.steps import Deed, Edit, Side, Step, edits, steps
from monitor.config.description import Kind
from monitor.config.facts import HIDDEN, Fact


def side(**facts):
    prints = {Kind.SYSTEM: {name: repr(found) for name, found in facts.items()}}
    return Side(prints, lambda _, name: facts[name])


def said(**texts):
    return {name: Fact(text, text) for name, text in texts.items()}


def test_steps_come_in_order():
    old = side(b=said(tier="1"), a=said(tier="1"), gone=said(), same=said(tier="3"))
    new = side(b=said(tier="2"), a=said(tier="2"), new=said(), same=said(tier="3"))

    assert [*steps(old, new)] == [
        Step(Kind.SYSTEM, "new", Deed.ADDED),
        Step(Kind.SYSTEM, "a", Deed.CHANGED, {"tier": Edit("1", "2")}),
        Step(Kind.SYSTEM, "b", Deed.CHANGED, {"tier": Edit("1", "2")}),
        Step(Kind.SYSTEM, "gone", Deed.REMOVED),
    ]


def test_fields_are_compared_by_their_marks_and_shown_by_their_texts():
    old = {"same": Fact(None, "#1"), "other": Fact(None, "#1"), "gone": Fact("x", "x")}
    new = {"same": Fact("y", "#1"), "other": Fact("z", "#2"), "new": Fact("w", "w")}

    assert edits(old, new) == {"other": Edit("…", "z"), "gone": Edit("x", None), "new": Edit(None, "w")}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit("1", "2"), "1 → 2"), (Edit(None, "2"), "not set → 2"), (Edit("1", None), "1 → not set"),
        (Edit("…", "2"), "… → 2"), (Edit(HIDDEN, HIDDEN), "changed, not shown"),
        (Edit("…", HIDDEN), "changed, not shown"), (Edit(None, HIDDEN), "not set → (not shown)"),
    ],
)  # fmt: skip
def test_edit_is_read_at_a_glance(edit, expected):
    assert str(edit) == expected
