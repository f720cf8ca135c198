"""Examines a good answer: assertions, readings, and how long it took."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitor.plugin import Answer, ProbeError, Reading, Reason, Status
from monitor.plugin.documents import apart
from monitor.plugin.http.assertions import Assertion, Finding, Rule
from monitor.plugin.http.body_readings import BodyReading, Extract
from monitor.plugin.http.comparison import Mask
from monitor.plugin.http.contents import Contents
from monitor.plugin.http.telling import Tell


class Examination:
    """What a probe looks for in a good answer, made ready."""

    __slots__ = ("_extract", "_limits", "_rules")

    def __init__(
        self,
        assertions: Sequence[Assertion],
        readings: Mapping[str, str | BodyReading],
        degraded_over: timedelta | None,
        down_over: timedelta | None,
    ) -> None:
        self._rules = [Rule(assertion) for assertion in assertions]
        self._extract = Extract(readings)
        self._limits = ((down_over, Status.DOWN), (degraded_over, Status.DEGRADED))

    async def find(
        self, answer: Answer, took: float, mask: Mask, tell: Tell, root: Any = None
    ) -> tuple[Finding | None, tuple[Reading, ...]]:
        """Return the worst that is found, if anything, and the readings of the body.

        Args:
            answer: What the target said.
            took: Seconds.
            mask: Takes out of a text what it must not repeat.
            tell: Is told how each assertion came out.
            root: Of the body's XML when it has been read already: a second tree would take as much memory again.
        """
        findings, readings = await apart(answer.body, lambda: self._examine(answer, mask, tell, root))
        return worst([*findings, *self._slow(took, tell)]), tuple(readings)

    def _examine(self, answer: Answer, mask: Mask, tell: Tell, root: Any) -> tuple[list[Finding], list[Reading]]:
        findings: list[Finding] = []
        readings: list[Reading] = []
        contents = Contents(answer, root)
        try:
            for rule in self._rules:
                found = rule.judge(answer, contents, mask, tell)
                if found is not None:
                    findings.append(found)
            self._extract.read(contents, mask, readings)
        except ProbeError as error:
            findings.append(Finding(error.reason, error.detail))
        return findings, readings

    def _slow(self, took: float, tell: Tell) -> list[Finding]:
        for limit, status in self._limits:
            if limit is None:
                continue
            seconds = limit.total_seconds()
            tell(f"{status} over {seconds:g} s", f"{took:.3f} s", holds=took <= seconds)
            if took > seconds:
                words = f"answered in {took:.3f} s, limit {seconds:g} s"
                return [Finding(Reason.SLOW, words, status)]
        return []


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding that decides, with the details of all that are as bad; None when there are none."""
    bad = [one for one in findings if one.status is Status.DOWN] or findings
    if not bad:
        return None
    return replace(bad[0], detail="; ".join(one.detail for one in bad))
