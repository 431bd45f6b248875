"""How one misconception fits what a student said: finding by finding, for or against.

It fits where it would have said the same: the same digits, the same exception, the same cloud of statistics. Digits
that anybody could have said (0, 1, inf, nan, yes, no) are no evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.judging.compare import compare_type, compare_value
from grader.judging.findings import Finding, flag_of, is_flag
from grader.model.keys.key import ALLOWED, MUTATION, STATE, TYPE, VECTORISED, Expected, Mistake
from grader.model.leaves import numbers
from grader.model.question import OF_GRADIENTS, signature
from grader.model.tolerance import peak
from grader.model.value import Array, Value, leaves

FLAGS = (MUTATION, STATE, VECTORISED, ALLOWED)
CLOUD_DEVIATIONS = 8
SHORTEST_TELLING = 8
"""Of few letters a text is like True and False, or a device: others say it too."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one misconception fits one finding: it explains it, even tellingly, contradicts it, or has no word for it."""

    explained: bool = False
    telling: bool = False
    against: bool = False
    unexplained: bool = False


NOTHING = Evidence()
LEFT_OVER = Evidence(unexplained=True)
CONTRADICTION = Evidence(against=True)


def wrong_value(group: Sequence[Finding]) -> bool:
    """Whether an entry's values are wrong, which silences its gradients."""
    return group[0].entry.purpose == "value" and any(
        not finding.passed and not is_flag(finding) and finding.check != "type" and finding.statistic is None
        for finding in group
    )


def evidence_by_finding(
    name: str, by_entry: Sequence[Sequence[Finding]], wrong_values: set[tuple[str, str | None]]
) -> Iterator[tuple[Finding, Evidence]]:
    """What each finding that is heard says for and against a misconception."""
    for group in by_entry:
        entry = group[0].entry
        said = entry.said_by(name)
        if entry.purpose == "gradient" and (entry.case, entry.dtype) in wrong_values:
            continue
        if entry.purpose == "device":
            yield group[0], _of_flag(said, group[0], any_are_wrong=False)
        elif entry.raises or said.failed or group[0].failed:
            yield group[0], _of_failure(said, group[0])
        else:
            values_are_wrong = wrong_value(group)
            for finding in group:
                yield finding, _of_finding(said, finding, values_are_wrong, bool(wrong_values))


def is_plain(finding: Finding) -> bool:
    """Whether all that was said is 0, 1, inf or NaN, in numbers with a point."""
    seen = None if finding.failed or is_flag(finding) else numbers(finding.got)
    return seen is not None and seen.dtype.kind == "f" and bool(_are_plain(seen, 0.0).all())


def _of_failure(said: Mistake, finding: Finding) -> Evidence:
    if finding.passed:
        return CONTRADICTION if said else NOTHING
    if finding.failed is not None:
        if not _fails_alike(said, finding):
            return LEFT_OVER
        alike = sum(_fails_alike(each, finding) for each in finding.entry.mistakes.values())
        return Evidence(explained=True, telling=alike == 1)
    answered = finding.mismatch is not None and finding.mismatch.kind == "raises"
    if not (answered and said.returned and (finding.got is None) == (said.leaves.get("value", "") is None)):
        return LEFT_OVER
    return Evidence(explained=True, telling=said.leaves == dict(leaves(finding.got, "value")))


def _fails_alike(said: Mistake, finding: Finding) -> bool:
    """Where an error is due the wrong class is the mistake: students word their errors as they like."""
    assert finding.failed is not None
    if finding.entry.raises is None or said.failed is None:
        return said.failed == signature(finding.failed)
    return said.failed.split(" ")[:2] == signature(finding.failed).split(" ")[:2]


def _of_finding(said: Mistake, finding: Finding, values_are_wrong: bool, any_are_wrong: bool) -> Evidence:
    if finding.statistic is not None:
        return NOTHING if values_are_wrong else _of_law(said, finding)
    if finding.check in FLAGS and not finding.path.startswith("value"):  # a driver may answer about mutation
        return _of_flag(said, finding, any_are_wrong)
    if finding.path not in said.leaves:
        return NOTHING if finding.passed else LEFT_OVER
    leaf = said.leaves[finding.path]
    if finding.passed:
        return _of_passed(leaf, finding)
    agrees, telling = _same(leaf, finding)
    return Evidence(explained=True, telling=telling) if agrees else LEFT_OVER


def _of_passed(leaf: Value, finding: Finding) -> Evidence:
    """It would have been wrong here and the student is not. That it also overflows is incidental."""
    expected = _expected(finding)
    if expected is None:
        return NOTHING
    if finding.check == TYPE and expected.aspect != TYPE:
        return CONTRADICTION if compare_type(expected, leaf) or _other_shape(leaf, finding.got) else NOTHING
    if expected.random or compare_value(expected, leaf) is None or _agree(leaf, finding.got, expected)[0]:
        return NOTHING
    seen = numbers(leaf)
    return CONTRADICTION if seen is None or bool(np.isfinite(seen).all()) else NOTHING


def _other_shape(leaf: Value, got: object) -> bool:
    return isinstance(leaf, Array) and isinstance(got, Array) and leaf.shape != got.shape


def _of_flag(said: Mistake, finding: Finding, any_are_wrong: bool) -> Evidence:
    if flag_of(finding) in said.flags or (finding.passed and f"{finding.check}{OF_GRADIENTS}" in said.flags):
        telling = not (finding.check == VECTORISED and any_are_wrong)  # a loop is not what is wrong with wrong numbers
        return CONTRADICTION if finding.passed else Evidence(explained=True, telling=telling)
    return NOTHING if finding.passed else LEFT_OVER


def _of_law(said: Mistake, finding: Finding) -> Evidence:
    assert finding.statistic is not None
    cloud = said.clouds.get(finding.path)
    if cloud is None:
        return NOTHING if finding.passed else LEFT_OVER
    mean, deviation, failing = cloud
    seen, width = finding.statistic.seen, finding.statistic.width
    if mean != mean:
        near = seen != seen
    else:
        slack = CLOUD_DEVIATIONS * deviation + min(0.75 * width, 0.05 * abs(mean)) + 1e-12
        near = abs(seen - mean) <= slack
    if not finding.passed:
        return Evidence(explained=True, telling=True) if near else LEFT_OVER
    return CONTRADICTION if not near or failing == 1.0 else NOTHING


def _expected(finding: Finding) -> Expected | None:
    return next((each for each in finding.entry.expected if each.path == finding.path), None)


def _form(leaf: Value) -> object:
    return (leaf.library, leaf.dtype, leaf.shape) if isinstance(leaf, Array) else type(leaf)


def _same(leaf: Value, finding: Finding) -> tuple[bool, bool]:
    """Whether the student said what the misconception says, and whether that is telling."""
    got, expected = finding.got, _expected(finding)
    if finding.check == "type" or expected is None or expected.random:
        return _form(leaf) == _form(got), True
    return _agree(leaf, got, expected)


@np.errstate(all="ignore")  # of NaN that signals each operation warns, a cast too
def _agree(leaf: Value, got: object, expected: Expected) -> tuple[bool, bool]:
    said, seen, truth = numbers(leaf), numbers(got), numbers(expected.truth)
    if said is None or seen is None or truth is None:
        return leaf == got, isinstance(leaf, str) and len(leaf) > SHORTEST_TELLING
    if said.shape != seen.shape:
        return False, False
    if seen.dtype.kind in "iub":
        return bool((said == seen).all()), seen.dtype.kind != "b"
    said, seen = said.astype(np.float64), seen.astype(np.float64)
    slack = 2 * (expected.budget or 0.0) * max(1.0, peak(said) / max(peak(truth), 1e-300))
    alike = (said == seen) | (np.abs(said - seen) <= slack) | (np.isnan(said) & np.isnan(seen))
    if not alike.all():
        return False, False
    return True, _telling(seen, truth, slack) and slack <= 1e-3 * peak(said)


def _telling(seen: np.ndarray, truth: np.ndarray, slack: float) -> bool:
    """Whether a wrong entry is one that not anybody could have said."""
    plain = _are_plain(seen, slack)
    if seen.shape != truth.shape:
        return bool((~plain).any())
    return bool((~plain & ~(np.abs(seen - truth) <= slack)).any())


def _are_plain(seen: np.ndarray, slack: float) -> np.ndarray:
    plain: np.ndarray = (np.abs(seen) <= slack) | (np.abs(np.abs(seen) - 1) <= slack) | ~np.isfinite(seen)
    return plain
