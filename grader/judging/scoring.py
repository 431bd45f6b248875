"""Findings -> what an exercise earns.

Points are shared by weight. Form (what a thoughtless answer passes) counts in proportion to the substance
that passed; with no substance at all the exercise is all or nothing. So form alone earns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.judging.answer_patterns import pattern_of
from grader.judging.answer_window import window_of
from grader.judging.diagnosis import Diagnosis, diagnose
from grader.judging.facts import fact_of, hidden_fact
from grader.judging.findings import Finding, outcomes
from grader.judging.shape_patterns import shape_pattern_of
from grader.model.fact import Fact
from grader.model.keys.key import Check, ExerciseKey
from grader.model.result import CheckResult, ExerciseResult, Hint, Verdict
from grader.model.vocabulary import Source

_ORDER = ("float32", None, "float64", "float16", "bfloat16")
_UNSEEN = Fact("not_judged")


def share(checks: Sequence[Check], passed: frozenset[str]) -> float:
    """The share of the points, between 0 and 1."""
    total = sum(check.weight for check in checks)
    substance = [check for check in checks if not check.form]
    if not substance or not total:
        return float(all(check.name in passed for check in checks))
    earned = sum(check.weight for check in substance if check.name in passed)
    form = sum(check.weight for check in checks if check.form and check.name in passed)
    return (earned + form * earned / sum(check.weight for check in substance)) / total


def score(key: ExerciseKey, found: Sequence[Finding]) -> ExerciseResult:
    """The result of one exercise, with its diagnosis and its facts."""
    verdicts = outcomes(key, found)
    failed = [finding for finding in found if not finding.passed]
    diagnosis = diagnose(key, found)
    explained = frozenset[int]().union(*diagnosis.explained.values()) if diagnosis else frozenset[int]()
    checks = tuple(_result(key, check, verdicts[check.name], failed, explained) for check in key.checks)
    pattern = None if diagnosis or not failed else pattern_of(key, found) or shape_pattern_of(found)
    passed = frozenset(name for name, verdict in verdicts.items() if verdict is Verdict.PASSED)
    verdict = next((each.verdict for each in checks if each.verdict is not Verdict.PASSED), Verdict.PASSED)
    result = ExerciseResult(
        id=key.id,
        points=round(key.points * share(key.checks, passed), 6),
        max_points=float(key.points),
        verdict=verdict,
        checks=checks,
        hints=_hints(key, failed, diagnosis, pattern),
        certain=diagnosis.certain if diagnosis else pattern is None,
        pattern=pattern,
    )
    first = result.first_failure
    if first is None or not first.shown:
        return result
    finding = _first_finding(first.name, failed, explained)
    return replace(result, window=window_of(finding) if finding and finding.entry.shown else None)


def _hints(
    key: ExerciseKey, failed: Sequence[Finding], diagnosis: Diagnosis | None, pattern: Fact | None
) -> tuple[Hint, ...]:
    """The mistakes that were recognised; also the one with which the pattern of the answers begins."""
    explained = (
        diagnosis.explained if diagnosis else dict.fromkeys(pattern.functions if pattern else (), frozenset[int]())
    )
    return tuple(
        Hint(name, key.hints[name], key.lines.get(name, ""), _names(key, failed, its))
        for name, its in explained.items()
    )


def _names(key: ExerciseKey, failed: Sequence[Finding], explained: frozenset[int]) -> tuple[str, ...]:
    """The checks that a mistake explains, in page order."""
    names = {finding.check for finding in failed if id(finding) in explained}
    return tuple(check.name for check in key.checks if check.name in names)


def _result(
    key: ExerciseKey, check: Check, verdict: Verdict, failed: Sequence[Finding], explained: frozenset[int]
) -> CheckResult:
    first = _first_finding(check.name, failed, explained)
    full = fact_of(key, first) if first else (None if verdict is Verdict.PASSED else _UNSEEN)
    if full and full.kind == "forbidden":
        full = replace(full, cost=round(key.points * check.weight / sum(each.weight for each in key.checks), 4))
    return CheckResult(
        name=check.name,
        aspect=check.aspect,
        weight=check.weight,
        shown=check.shown,
        verdict=verdict,
        form=check.form,
        dtype=first.entry.dtype if first else None,
        device=first.entry.question.device if first else "cpu",
        fact=full if first is None or first.entry.shown else hidden_fact(first),
        full_fact=full,
    )


def _first_finding(check: str, failed: Sequence[Finding], explained: frozenset[int]) -> Finding | None:
    """The finding that speaks for a check: what a hint explains before what none does."""
    about = [finding for finding in failed if finding.check == check]
    return min(about, key=lambda finding: (id(finding) not in explained, *_telling(finding)), default=None)


def _telling(finding: Finding) -> tuple[bool, bool, int]:
    """Orders findings: those that were asked first, then those that may be shown, then float32."""
    not_asked = finding.failed is not None and not finding.failed.asked
    return not_asked, not finding.entry.shown, _ORDER.index(finding.entry.dtype)


def ungraded(key: ExerciseKey, verdict: Verdict, fact: Fact, source: Source = "read") -> ExerciseResult:
    """An exercise whose questions all ended in the same way: everything shares one verdict and one fact."""
    checks = tuple(
        CheckResult(c.name, c.aspect, c.weight, c.shown, verdict, c.form, fact=fact, full_fact=fact) for c in key.checks
    )
    note = fact if verdict in (Verdict.MISSING, Verdict.NOT_GRADED) else None  # elsewhere each check says it
    return ExerciseResult(key.id, 0.0, float(key.points), verdict, checks, note=note, source=source)
