"""What is true of the shapes of all wrong answers alike: an axis of size 1 was kept, a single number came back.

A shape says little to somebody who does not yet see where it comes from. What is said is true of the shapes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from grader.judging.answer_patterns import LEAST_CASES
from grader.judging.findings import Finding
from grader.model.fact import Fact
from grader.model.vocabulary import PatternName

Shape = tuple[int, ...]
Relation = Callable[[Shape, Shape], bool]


def shape_pattern_of(found: Sequence[Finding]) -> Fact | None:
    """How the wrong shapes of the shown cases that a page names come about from the right ones; the first as example.

    None where they come about in different ways, where there is only one, or where what is wrong first is no shape:
    the sentence would stand under a case that it is not true of.
    """
    first = next((each for each in found if not each.passed and each.entry.shown), None)
    if first is None or first.mismatch is None or first.mismatch.kind != "shape":
        return None
    shapes: dict[str, tuple[Shape, Shape]] = {}
    for finding in found:
        if not finding.mismatch or finding.mismatch.kind != "shape" or not finding.path.startswith("value"):
            continue
        if not finding.entry.shown or finding.entry.special:
            continue
        expected, got = finding.mismatch.expected, finding.mismatch.got
        assert isinstance(expected, tuple)
        assert isinstance(got, tuple)
        shapes.setdefault(finding.entry.case, (expected, got))
    if len(set(shapes.values())) < LEAST_CASES:
        return None
    name = next((name for name, holds in RELATIONS.items() if all(holds(*pair) for pair in shapes.values())), None)
    expected, got = next(iter(shapes.values()))
    parts = _parts(expected, got) if name == "outer" else None
    text = " and ".join(map(str, parts)) if parts else ""
    return Fact("pattern", law=name, expected=expected, got=got, text=text) if name else None


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _has_more_ones(longer: Shape, shorter: Shape) -> bool:
    """Whether axes of size 1 are all that one shape has and the other has not."""
    rest = list(shorter)
    for size in longer:
        if rest and rest[0] == size:
            rest.pop(0)
        elif size != 1:
            return False
    return not rest and len(longer) > len(shorter)


def _is_axis_more(longer: Shape, shorter: Shape) -> bool:
    return any(_without(longer, axis) == shorter for axis in range(len(longer)))


def _parts(expected: Shape, got: Shape) -> tuple[Shape, Shape] | None:
    """Two shapes that broadcast to the wrong one: the right one, and itself with an axis of size 1 more, or less."""
    longer = (((*expected[:at], 1, *expected[at:]), expected) for at in range(len(expected) + 1))
    shorter = ((expected, _without(expected, axis)) for axis, size in enumerate(expected) if size == 1)
    return next((pair for pair in (*longer, *shorter) if _broadcast(*pair) == got), None)


def _broadcast(a: Shape, b: Shape) -> Shape | None:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def _differs_by(expected: Shape, got: Shape, step: int) -> bool:
    """Whether one axis alone is longer by so much."""
    if len(expected) != len(got):
        return False
    steps = [mine - right for right, mine in zip(expected, got, strict=True) if mine != right]
    return steps == [step]


RELATIONS: Mapping[PatternName, Relation] = {
    "ones_left": lambda expected, got: _has_more_ones(got, expected),
    "ones_missing": lambda expected, got: _has_more_ones(expected, got),
    "single": lambda expected, got: got == () != expected,
    "outer": lambda expected, got: _parts(expected, got) is not None,
    "permuted": lambda expected, got: sorted(expected) == sorted(got) and expected != got,
    "one_short": lambda expected, got: _differs_by(expected, got, -1),
    "one_long": lambda expected, got: _differs_by(expected, got, 1),
    "axis_gone": lambda expected, got: _is_axis_more(expected, got),
    "axis_left": lambda expected, got: _is_axis_more(got, expected),
}
"""How a wrong shape comes about, the most telling first."""
