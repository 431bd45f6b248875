"""Findings -> the mistakes that they betray, or None. A wrong name is worse than none.

A misconception speaks when it would have said what the student said: the same digits, the same exception, the
same cloud of statistics. Digits that anybody could have said (0, 1, inf, nan, yes, no) are no evidence; gradients speak
only where values are right; half precision only where it fails alone.

One mistake that explains all is named; else a first attempt that its page has written down; else the one pair that
together explains all, for which digits need not tell; else each mistake that explains something that no other one
does, as a part of what is wrong. There the others count also where something speaks against them: of two mistakes at
once each may hide the other. Overflow leaves no digits: there the pattern of failing cases speaks, if it is unique.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.judging.evidence import evidence_by_finding, is_plain, wrong_value
from grader.judging.findings import Finding
from grader.judging.overflow_pattern import by_pattern
from grader.model.keys.key import ExerciseKey
from grader.model.tolerance import HALF

PART, PART_OF_LAWS = 0.45, 0.85
PART_IN_SEVERAL_CASES, SEVERAL_CASES = 0.35, 3
"""The share of what is wrong that parts must explain together: a few cases may coincide. Laws, which are broken by
whatever is not random, say something where hardly one is left over. What shows in several cases is no coincidence."""
NO_COINCIDENCE = 0.3
"""The share from which on a part stands although a mistake that something speaks against says the same."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The mistakes behind an answer: name -> the ids of the failed findings that it explains; the largest first.

    certain: together they explain everything that is wrong; otherwise a part of it.
    """

    explained: Mapping[str, frozenset[int]]
    certain: bool


@dataclass(frozen=True, slots=True)
class _Suspect:
    """What speaks for a mistake, as the ids of failed findings; against it nothing does.

    telling: those that not everybody could have said.
    """

    explained: frozenset[int]
    telling: frozenset[int]


def diagnose(key: ExerciseKey, found: Sequence[Finding]) -> Diagnosis | None:
    """The known mistakes behind these findings, as far as they are about the cases that a page names."""
    by_entry = _speaking([finding for finding in found if not finding.entry.special])
    wrong_values = {(group[0].entry.case, group[0].entry.dtype) for group in by_entry if wrong_value(group)}
    wrong = {id(each): each for each, said in evidence_by_finding("", by_entry, wrong_values) if said.unexplained}
    if not wrong:
        return None
    suspects = {name: it for name in key.hints if (it := _suspect(name, by_entry, wrong_values))}
    everything = frozenset(wrong)
    whole = {name: it for name, it in suspects.items() if it.explained >= everything}
    if whole:
        return _named(_best(whole), suspects, certain=True)
    attempts = (name for name in key.first_attempts if _explains_all(name, by_entry, wrong_values, everything))
    tried = {key.first_attempts[name] for name in attempts}
    if len(tried) == 1:
        its = {name: _explained(name, by_entry, wrong_values) or everything for name in tried.pop()}
        return Diagnosis(its, certain=True)

    def by_others() -> frozenset[int]:
        """What mistakes explain that something speaks against."""
        others = key.hints.keys() - suspects.keys()
        return frozenset[int]().union(*(_explained(name, by_entry, wrong_values) for name in others))

    return (
        _named(_pair(suspects, wrong), suspects, certain=True)
        or _named(_parts(suspects, by_others, wrong), suspects, certain=False)
        or _named(_convincing(key, suspects, len(wrong)), suspects, certain=False)
        or _by_overflow(key, by_entry)
    )


def _suspect(
    name: str, by_entry: Sequence[Sequence[Finding]], wrong_values: set[tuple[str, str | None]]
) -> _Suspect | None:
    """What speaks for a mistake; None where nothing does, or where something speaks against it."""
    explained, telling = set(), set()
    for finding, evidence in evidence_by_finding(name, by_entry, wrong_values):
        if evidence.against:
            return None
        if evidence.explained:
            explained.add(id(finding))
        if evidence.telling:
            telling.add(id(finding))
    return _Suspect(frozenset(explained), frozenset(telling)) if explained else None


def _explains_all(
    name: str,
    by_entry: Sequence[Sequence[Finding]],
    wrong_values: set[tuple[str, str | None]],
    everything: frozenset[int],
) -> bool:
    """Whether a first attempt would have said all of this. Most are ruled out by the first case, and there are many."""
    explained = set()
    for finding, evidence in evidence_by_finding(name, by_entry, wrong_values):
        if evidence.against or evidence.unexplained:
            return False
        if evidence.explained:
            explained.add(id(finding))
    return everything <= explained


def _explained(
    name: str, by_entry: Sequence[Sequence[Finding]], wrong_values: set[tuple[str, str | None]]
) -> frozenset[int]:
    """What a mistake explains by itself, whatever else speaks against it: another one may be made beside it."""
    judged = evidence_by_finding(name, by_entry, wrong_values)
    return frozenset(id(finding) for finding, evidence in judged if evidence.explained)


def _named(names: Iterable[str], suspects: Mapping[str, _Suspect], certain: bool) -> Diagnosis | None:
    named = sorted(names, key=lambda name: -len(suspects[name].explained))
    return Diagnosis({name: suspects[name].explained for name in named}, certain) if named else None


def _best(whole: Mapping[str, _Suspect]) -> tuple[str, ...]:
    """Of those that explain all the one that does so tellingly; of two that explain as much, neither."""
    best = [name for name, suspect in whole.items() if suspect.telling] or list(whole)
    return tuple(best) if len(best) == 1 else ()


def _pair(suspects: Mapping[str, _Suspect], wrong: Mapping[int, Finding]) -> tuple[str, ...]:
    """The only two that explain all together, each of them something that the other does not.

    Their digits need not tell, unless the answer is nothing but zeros and ones; of several pairs the only one whose
    digits do.
    """
    everything = frozenset(wrong)
    if all(map(is_plain, wrong.values())):
        return ()
    pairs = [
        (first, second)
        for first, second in combinations(suspects, 2)
        if suspects[first].explained | suspects[second].explained == everything
        and suspects[first].explained - suspects[second].explained
        and suspects[second].explained - suspects[first].explained
    ]
    if len(pairs) > 1:
        pairs = [pair for pair in pairs if all(map(_tells, _of(suspects, pair), _of(suspects, pair[::-1])))]
    return pairs[0] if len(pairs) == 1 else ()


def _of(suspects: Mapping[str, _Suspect], names: Iterable[str]) -> list[_Suspect]:
    return [suspects[name] for name in names]


def _tells(suspect: _Suspect, beside: _Suspect) -> bool:
    return bool(suspect.telling - beside.explained)


def _parts(
    suspects: Mapping[str, _Suspect], by_others: Callable[[], frozenset[int]], wrong: Mapping[int, Finding]
) -> tuple[str, ...]:
    """Those that explain tellingly what no other mistake does, if together they explain enough.

    A little that a mistake explains as well which something speaks against may be that one's, and a coincidence.
    by_others: what mistakes explain that are no suspects; asked for where it matters, because it takes long.
    """
    own = {name: suspect.telling - _of_all_but(name, suspects) for name, suspect in suspects.items()}
    if not any(own.values()):
        return ()
    hidden = by_others()
    large = {name for name, suspect in suspects.items() if len(suspect.explained) >= NO_COINCIDENCE * len(wrong)}
    own = {name: telling for name, telling in own.items() if telling - hidden or (telling and name in large)}
    of_digits = tuple(name for name in own if not _of_laws(own[name], wrong))
    several = tuple(name for name in of_digits if len({wrong[id].entry.case for id in own[name]}) >= SEVERAL_CASES)
    for needed, heard in ((PART_OF_LAWS, tuple(own)), (PART, of_digits), (PART_IN_SEVERAL_CASES, several)):
        together = frozenset[int]().union(*(suspects[name].explained for name in heard))
        if heard and len(together) >= needed * len(wrong):
            return heard
    return ()


def _of_all_but(name: str, suspects: Mapping[str, _Suspect]) -> frozenset[int]:
    return frozenset[int]().union(*(other.explained for known, other in suspects.items() if known != name))


def _of_laws(telling: Iterable[int], wrong: Mapping[int, Finding]) -> bool:
    return all(wrong[id].statistic is not None for id in telling)


def _convincing(key: ExerciseKey, suspects: Mapping[str, _Suspect], wrong: int) -> tuple[str, ...]:
    """The one that explains most, and at least half of what is wrong; one law is no evidence."""
    if any(entry.laws for entry in key.entries):
        return ()
    convincing = {name: it for name, it in suspects.items() if it.telling and 2 * len(it.explained) >= wrong}
    most = max((len(it.explained) for it in convincing.values()), default=0)
    names = [name for name, it in convincing.items() if len(it.explained) == most]
    return tuple(names) if len(names) == 1 else ()


def _by_overflow(key: ExerciseKey, by_entry: Sequence[Sequence[Finding]]) -> Diagnosis | None:
    """A mistake that the pattern of failing cases betrays; it explains every value that is wrong."""
    name = by_pattern(key, by_entry)
    if name is None:
        return None
    explained = frozenset(
        id(finding)
        for group in by_entry
        for finding in group
        if not finding.passed and finding.entry.purpose == "value" and finding.path.startswith("value")
    )
    return Diagnosis({name: explained}, certain=False)


def _speaking(found: Sequence[Finding]) -> list[list[Finding]]:
    """Findings by entry; half precision and other devices have no digits to speak of and are heard only alone."""
    full = [finding for finding in found if finding.entry.dtype not in HALF and finding.entry.purpose != "device"]
    heard = full if any(not finding.passed for finding in full) else found
    groups: dict[int, list[Finding]] = {}
    for finding in heard:
        groups.setdefault(id(finding.entry), []).append(finding)
    return list(groups.values())
