"""What is due comes out in order, and never too much of it at once."""

from monitor.judge.timetable import AT_ONCE, Timetable


def test_edges_and_silence_come_out_when_they_are_due():
    timetable = Timetable()
    timetable.watch("a/b/late", 5.0)
    timetable.watch("a/b/soon", 1.0)
    timetable.open_or_close("a/b", 7)

    assert [*timetable.silent(0.9)] == []
    assert [*timetable.silent(5.0)] == [(1.0, "a/b/soon"), (5.0, "a/b/late")]
    assert [*timetable.edges(6)] == []
    assert [*timetable.edges(7)] == ["a/b"]
    assert [*timetable.edges(7)] == []


def test_wave_is_spread_over_several_calls():
    timetable = Timetable()
    for number in range(AT_ONCE + 10):
        timetable.watch(f"a/b/{number}", 0.0)

    assert [len([*timetable.silent(1.0)]) for _ in range(3)] == [AT_ONCE, 10, 0]
