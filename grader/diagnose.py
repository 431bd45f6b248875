"""Findings -> the misconception that they betray, or None. A wrong name is worse than none.

A misconception speaks when it would have said what the student said: the same digits, the same exception, the
same cloud of statistics. Digits that anybody could have said (0, 1, inf, nan, yes, no) are no evidence; gradients speak
only where values are right; half precision only where it fails alone; overflow leaves no digits, so there the
pattern of failing cases speaks, if it is unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.compare import compare_type, compare_value
from grader.judge import ALLOWED, MUTATION, STATE, TYPE, VECTORISED, Finding, is_flag
from grader.key import Entry, ExerciseKey, Expected, Mistake
from grader.question import signature
from grader.sheet import numbers
from grader.tolerance import peak
from grader.value import Array, Value, leaves

FLAGS = (MUTATION, STATE, VECTORISED, ALLOWED)
HALF = ("float16", "bfloat16")
CLOUD_DEVIATIONS = 8


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """certain: it explains everything that is wrong; otherwise it is a part of it."""

    name: str
    hint: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one misconception fits: findings explained, those that tell it apart, contradicted, and left over."""

    explained: int = 0
    telling: int = 0
    against: int = 0
    unexplained: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.explained + other.explained,
            self.telling + other.telling,
            self.against + other.against,
            self.unexplained + other.unexplained,
        )

    @property
    def convincing(self) -> bool:
        return self.explained >= max(self.unexplained, 1) and self.against == 0 and self.telling > 0


NOTHING = Evidence()
LEFT_OVER = Evidence(unexplained=1)
CONTRADICTION = Evidence(against=1)


def diagnose(key: ExerciseKey, found: Sequence[Finding]) -> Diagnosis | None:
    """The known mistake behind these findings."""
    by_entry = _speaking(found)
    if not any(not finding.passed for each in by_entry for finding in each):
        return None
    wrong_values = {(each[0].entry.case, each[0].entry.dtype) for each in by_entry if _wrong_value(each)}
    evidence = {name: _evidence(name, by_entry, wrong_values) for name in key.hints}
    convincing = {name: each for name, each in evidence.items() if each.convincing}
    whole = {name: each for name, each in evidence.items() if each.explained and not each.against + each.unexplained}
    telling = {name: each for name, each in whole.items() if each.telling}
    if whole:
        return _named(key, _best(telling or whole), certain=True)
    if convincing and not any(entry.laws for entry in key.entries):  # one law is no evidence
        return _named(key, _best(convincing), certain=False)
    return _named(key, _by_pattern(key, by_entry), certain=False)


def _best(evidence: Mapping[str, Evidence]) -> str | None:
    """The misconception that explains most; of two that explain as much, neither."""
    most = max(each.explained for each in evidence.values())
    names = [name for name, each in evidence.items() if each.explained == most]
    return names[0] if len(names) == 1 else None


def _named(key: ExerciseKey, name: str | None, *, certain: bool) -> Diagnosis | None:
    return Diagnosis(name, key.hints[name], certain) if name else None


def _speaking(found: Sequence[Finding]) -> list[list[Finding]]:
    """Findings by entry; half precision and other devices have no digits to speak of and are heard only alone."""
    full = [finding for finding in found if finding.entry.dtype not in HALF and finding.entry.purpose != "device"]
    heard = full if any(not finding.passed for finding in full) else found
    groups: dict[int, list[Finding]] = {}
    for finding in heard:
        groups.setdefault(id(finding.entry), []).append(finding)
    return list(groups.values())


def _wrong_value(group: Sequence[Finding]) -> bool:
    return group[0].entry.purpose == "value" and any(
        not finding.passed and not is_flag(finding) and finding.check != "type" and finding.statistic is None
        for finding in group
    )


def _evidence(name: str, by_entry: Sequence[Sequence[Finding]], wrong_values: set[tuple[str, str | None]]) -> Evidence:
    total = NOTHING
    for group in by_entry:
        entry = group[0].entry
        said = entry.mistakes.get(name, Mistake())
        if entry.purpose == "gradient" and (entry.case, entry.dtype) in wrong_values:
            continue
        if entry.purpose == "device":
            total += _of_flag(said, group[0], any_are_wrong=False)
            continue
        if entry.raises or said.failed or group[0].failed:
            total += _of_failure(said, group[0])
            continue
        values_are_wrong = _wrong_value(group)
        for finding in group:
            total += _of_finding(said, finding, values_are_wrong, bool(wrong_values))
    return total


def _of_failure(said: Mistake, finding: Finding) -> Evidence:
    if finding.passed:
        return CONTRADICTION if said else NOTHING
    if finding.failed is not None:
        if not _fails_alike(said, finding):
            return LEFT_OVER
        alike = sum(_fails_alike(each, finding) for each in finding.entry.mistakes.values())
        return Evidence(explained=1, telling=int(alike == 1))
    answered = finding.mismatch is not None and finding.mismatch.kind == "raises"
    if not (answered and said.returned):
        return LEFT_OVER
    return Evidence(explained=1, telling=int(said.leaves == dict(leaves(finding.got, "value"))))


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
    return Evidence(explained=1, telling=int(telling)) if agrees else LEFT_OVER


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
    if finding.check in said.flags:
        telling = not (finding.check == VECTORISED and any_are_wrong)  # a loop is not what is wrong with wrong numbers
        return CONTRADICTION if finding.passed else Evidence(explained=1, telling=int(telling))
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
        return Evidence(explained=1, telling=1) if near else LEFT_OVER
    return CONTRADICTION if not near or failing == 1.0 else NOTHING


def _expected(finding: Finding) -> Expected | None:
    return next((each for each in finding.entry.expected if each.path == finding.path), None)


def _form(leaf: Value) -> object:
    return (leaf.dtype, leaf.shape) if isinstance(leaf, Array) else type(leaf)


def _same(leaf: Value, finding: Finding) -> tuple[bool, bool]:
    """Whether the student said what the misconception says, and whether that is telling."""
    got, expected = finding.got, _expected(finding)
    if finding.check == "type" or expected is None or expected.random:
        return _form(leaf) == _form(got), True
    return _agree(leaf, got, expected)


def _agree(leaf: Value, got: object, expected: Expected) -> tuple[bool, bool]:
    said, seen, truth = numbers(leaf), numbers(got), numbers(expected.truth)
    if said is None or seen is None or truth is None:
        return leaf == got, not isinstance(leaf, bool)
    if said.shape != seen.shape:
        return False, False
    if seen.dtype.kind in "iub":
        return bool((said == seen).all()), seen.dtype.kind != "b"
    said, seen = said.astype(np.float64), seen.astype(np.float64)
    slack = 2 * (expected.budget or 0.0) * max(1.0, peak(said) / max(peak(truth), 1e-300))
    with np.errstate(all="ignore"):
        alike = (said == seen) | (np.abs(said - seen) <= slack) | (np.isnan(said) & np.isnan(seen))
    if not alike.all():
        return False, False
    return True, _telling(seen, truth, slack) and slack <= 1e-3 * peak(said)


def _telling(seen: np.ndarray, truth: np.ndarray, slack: float) -> bool:
    """Whether a wrong entry is one that not anybody could have said."""
    plain = (np.abs(seen) <= slack) | (np.abs(np.abs(seen) - 1) <= slack) | ~np.isfinite(seen)
    if seen.shape != truth.shape:
        return bool((~plain).any())
    with np.errstate(all="ignore"):
        return bool((~plain & ~(np.abs(seen - truth) <= slack)).any())


def _kind(leaf: object) -> str:
    seen = numbers(leaf)
    if seen is None:
        return "missing"
    return "finite" if np.isfinite(seen).all() else "not finite"


def _by_pattern(key: ExerciseKey, by_entry: Sequence[Sequence[Finding]]) -> str | None:
    """The same values overflow and fail in the same way, in at most half of the cases, and no other mistake fails so.

    Nor may another one explain a part of it: two such mistakes together would look like a third.
    """
    if any(group[0].failed for group in by_entry):
        return None
    values = [group for group in by_entry if group[0].entry.purpose == "value"]
    mine = {
        (id(finding.entry), finding.path): _kind(finding.got)
        for group in values
        for finding in group
        if not finding.passed and finding.path.startswith("value") and finding.check != "type"
    }
    wrong_cases = {group[0].entry.case for group in values if any((id(f.entry), f.path) in mine for f in group)}
    if "not finite" not in mine.values() or 2 * len(wrong_cases) > len({group[0].entry.case for group in values}):
        return None
    entries = [group[0].entry for group in values]
    parts = {name: part for name in key.hints if (part := _pattern(name, entries)) and part.items() <= mine.items()}
    return next(iter(parts)) if len(parts) == 1 and mine in parts.values() else None


def _pattern(name: str, entries: Sequence[Entry]) -> Mapping[tuple[int, str], str]:
    return {
        (id(entry), path): _kind(leaf)
        for entry in entries
        for path, leaf in entry.mistakes.get(name, Mistake()).leaves.items()
        if path.startswith("value")
    }
