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

from grader.judging.evidence import Evidence, evidence_by_finding, evidence_for, wrong_value
from grader.judging.findings import Finding
from grader.model.keys.key import Entry, ExerciseKey, Mistake
from grader.model.leaves import numbers
from grader.model.tolerance import HALF


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """certain: it explains everything that is wrong; otherwise it is a part of it.

    explained: the ids of the failed findings that it explains.
    """

    name: str
    hint: str
    certain: bool
    explained: frozenset[int] = frozenset()


def diagnose(key: ExerciseKey, found: Sequence[Finding]) -> Diagnosis | None:
    """The known mistake behind these findings, as far as they are about the cases that a page names."""
    by_entry = _speaking([finding for finding in found if not finding.entry.special])
    if not any(not finding.passed for each in by_entry for finding in each):
        return None
    wrong_values = {(each[0].entry.case, each[0].entry.dtype) for each in by_entry if wrong_value(each)}
    evidence = {name: evidence_for(name, by_entry, wrong_values) for name in key.hints}
    convincing = {name: each for name, each in evidence.items() if each.convincing}
    whole = {name: each for name, each in evidence.items() if each.explained and not each.against + each.unexplained}
    telling = {name: each for name, each in whole.items() if each.telling}
    if whole:
        name, certain = _best(telling or whole), True
    elif convincing and not any(entry.laws for entry in key.entries):  # one law is no evidence
        name, certain = _best(convincing), False
    else:
        return _by_overflow(key, by_entry)
    if name is None:
        return None
    judged = evidence_by_finding(name, by_entry, wrong_values)
    explained = frozenset(id(finding) for finding, each in judged if each.explained and not finding.passed)
    return Diagnosis(name, key.hints[name], certain, explained)


def _by_overflow(key: ExerciseKey, by_entry: Sequence[Sequence[Finding]]) -> Diagnosis | None:
    """A mistake that the pattern of failing cases betrays; it explains every value that is wrong."""
    name = _by_pattern(key, by_entry)
    if name is None:
        return None
    explained = frozenset(
        id(finding)
        for group in by_entry
        for finding in group
        if not finding.passed and finding.entry.purpose == "value" and finding.path.startswith("value")
    )
    return Diagnosis(name, key.hints[name], certain=False, explained=explained)


def _best(evidence: Mapping[str, Evidence]) -> str | None:
    """The misconception that explains most; of two that explain as much, neither."""
    most = max(each.explained for each in evidence.values())
    names = [name for name, each in evidence.items() if each.explained == most]
    return names[0] if len(names) == 1 else None


def _speaking(found: Sequence[Finding]) -> list[list[Finding]]:
    """Findings by entry; half precision and other devices have no digits to speak of and are heard only alone."""
    full = [finding for finding in found if finding.entry.dtype not in HALF and finding.entry.purpose != "device"]
    heard = full if any(not finding.passed for finding in full) else found
    groups: dict[int, list[Finding]] = {}
    for finding in heard:
        groups.setdefault(id(finding.entry), []).append(finding)
    return list(groups.values())


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
