"""Findings -> what an exercise earns.

Points are shared by weight. Form (what a thoughtless answer passes) counts in proportion to the substance
that passed; with no substance at all the exercise is all or nothing. So form alone earns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.judging.diagnosis import diagnose
from grader.judging.findings import Finding, outcomes
from grader.judging.messages import explain, explain_hidden
from grader.model.keys.key import Check, ExerciseKey
from grader.model.printable import clean
from grader.model.result import CheckResult, ExerciseResult, Verdict
from grader.model.vocabulary import Source

_ORDER = ("float32", None, "float64", "float16", "bfloat16")
_UNSEEN = "there was no answer to judge"


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
    """The result of one exercise, with its diagnosis and its sentences."""
    verdicts = outcomes(key, found)
    failed = [finding for finding in found if not finding.passed]
    checks = tuple(_result(key, check, verdicts[check.name], failed) for check in key.checks)
    passed = frozenset(name for name, verdict in verdicts.items() if verdict is Verdict.PASSED)
    diagnosis = diagnose(key, found)
    verdict = next((each.verdict for each in checks if each.verdict is not Verdict.PASSED), Verdict.PASSED)
    if verdict is Verdict.MISSING and any(finding.verdict is not Verdict.MISSING for finding in found):
        verdict = Verdict.RAISED  # a branch of it is not written yet
    return ExerciseResult(
        id=key.id,
        points=round(key.points * share(key.checks, passed), 6),
        max_points=float(key.points),
        verdict=verdict,
        checks=checks,
        misconception=diagnosis.name if diagnosis else None,
        hint=diagnosis.hint if diagnosis else None,
        certain=diagnosis.certain if diagnosis else True,
    )


def _result(key: ExerciseKey, check: Check, verdict: Verdict, failed: Sequence[Finding]) -> CheckResult:
    first = min((finding for finding in failed if finding.check == check.name), key=_telling, default=None)
    full = clean(explain(key, first)) if first else ("" if verdict is Verdict.PASSED else _UNSEEN)
    detail = full if first is None or first.entry.shown else explain_hidden(first)
    return CheckResult(
        name=check.name,
        aspect=check.aspect,
        weight=check.weight,
        shown=check.shown,
        verdict=verdict,
        form=check.form,
        dtype=first.entry.dtype if first else None,
        device=first.entry.question.device if first else "cpu",
        detail=detail,
        full_detail=full,
    )


def _telling(finding: Finding) -> tuple[bool, bool, int]:
    """Orders findings: those that were asked first, then those that may be shown, then float32."""
    not_asked = finding.failed is not None and not finding.failed.asked
    return not_asked, not finding.entry.shown, _ORDER.index(finding.entry.dtype)


def ungraded(key: ExerciseKey, verdict: Verdict, reason: str, source: Source = "read") -> ExerciseResult:
    """An exercise whose questions all ended in the same way: everything shares one verdict and one reason."""
    reason = clean(reason)
    checks = tuple(
        CheckResult(c.name, c.aspect, c.weight, c.shown, verdict, c.form, detail=reason, full_detail=reason)
        for c in key.checks
    )
    note = reason if verdict in (Verdict.MISSING, Verdict.NOT_GRADED) else ""  # elsewhere each check says it
    return ExerciseResult(key.id, 0.0, float(key.points), verdict, checks, note=note, source=source)
