"""What a partition of a domain is, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal, NamedTuple

Group = Literal["small", "thin", "magnitude", "precision", "sign", "place", "flag", "other", "minor"]
"""small: one of a few choices (numbers, generators, labels, relations); sign and place: of an axis; thin: sizes 0 and
1; magnitude: of numbers; precision: float32 and float64; minor: what seldom hides a mistake."""


class Partition(NamedTuple):
    """A property that arguments have or have not; `text` is a clause. `of` is what has it: one argument, one aspect."""

    text: str
    group: Group
    of: str


Goal = frozenset[str]
"""One, two or three partitions, by their texts, that one input has together."""

SMALL = ("small", "sign", "place", "flag")


def goals(partitions: Iterable[Partition]) -> frozenset[Goal]:
    """What an input with these partitions covers: each alone, the essential pairs, sign x place x flag of an axis."""
    ordered = sorted(set(partitions))
    singles = (frozenset((each.text,)) for each in ordered)
    pairs = (frozenset((a.text, b.text)) for a, b in combinations(ordered, 2) if is_essential(a, b))
    return frozenset((*singles, *pairs, *_triples(ordered)))


def is_essential(a: Partition, b: Partition) -> bool:
    """Whether two partitions must be asked together: pairs that hide mistakes, and few enough of them to be asked."""
    if a.of == b.of:
        return False
    groups = {a.group, b.group}
    if a.group in SMALL and b.group in SMALL:
        return True
    if groups & set(SMALL):
        return bool(groups & {"magnitude", "thin"})
    return groups == {"magnitude", "precision"}


def _triples(ordered: list[Partition]) -> Iterator[Goal]:
    of = {group: [each for each in ordered if each.group == group] for group in ("sign", "place", "flag")}
    for sign in of["sign"]:
        for place in of["place"]:
            for flag in of["flag"]:
                yield frozenset((sign.text, place.text, flag.text.replace("is left out", "is False")))
