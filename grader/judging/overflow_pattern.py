"""A mistake that leaves no digits: the same values overflow, in the same cases, and no other mistake fails so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.judging.findings import Finding
from grader.model.keys.key import Entry, ExerciseKey, Mistake
from grader.model.leaves import numbers

Pattern = Mapping[tuple[int, str], str]
"""The id of an entry and the path of a leaf that is wrong there -> finite, not finite, or missing."""


def by_pattern(key: ExerciseKey, by_entry: Sequence[Sequence[Finding]]) -> str | None:
    """The mistake that the pattern of failing values betrays, where at most half of the cases fail.

    No other one may explain a part of it: two such mistakes together would look like a third.
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


def _kind(leaf: object) -> str:
    seen = numbers(leaf)
    if seen is None:
        return "missing"
    return "finite" if np.isfinite(seen).all() else "not finite"


def _pattern(name: str, entries: Sequence[Entry]) -> Pattern:
    return {
        (id(entry), path): _kind(leaf)
        for entry in entries
        for path, leaf in entry.mistakes.get(name, Mistake()).leaves.items()
        if path.startswith("value")
    }
