"""The error budget, measured over the whole course: `python benchmarks/tolerance.py [SEEDS]`.

For every exercise, dtype and kind of answer: how far the worst right alternative and the sloppy answers lie from
the truth, in units of error. The budget is 32 units: right ones must stay below it, sloppy ones should stay above.
Prints the table of `docs/tolerance.md`.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader import tolerance
from grader.course import load_pages, read_course
from grader.expect import asker
from grader.key import ExerciseKey
from grader.keymaker import make_exercise_key
from grader.page import Page
from grader.question import Question, Returned
from grader.sheet import numbers, sheet
from grader.value import map_leaves

ROOT = Path(__file__).parent.parent
Sloppy = Callable[[Callable[..., Any]], Callable[..., Any]]


def floats(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Any], Any]:
    """`change` for every floating tensor in a tree."""
    return lambda tree: map_leaves(
        lambda x: change(x) if isinstance(x, torch.Tensor) and x.is_floating_point() else x, tree
    )


def rounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The answer rounded to four decimals."""
    return lambda *a, **k: floats(lambda x: torch.round(x, decimals=4))(function(*a, **k))


def with_epsilon(function: Callable[..., Any]) -> Callable[..., Any]:
    """A stray 1e-8 in the answer."""
    return lambda *a, **k: floats(lambda x: x + 1e-8)(function(*a, **k))


def through(dtype: torch.dtype) -> Sloppy:
    """Lower precision inside: inputs are cast down, the answer is cast back."""

    def sloppy(function: Callable[..., Any]) -> Callable[..., Any]:
        def computed(*args: Any, **kwargs: Any) -> Any:
            given = [x.dtype for x in args if isinstance(x, torch.Tensor) and x.is_floating_point()]
            low = floats(lambda x: x.to(dtype))
            answer = function(*low(args), **low(kwargs))
            return floats(lambda x: x.to(given[0]))(answer) if given else answer

        return computed

    return sloppy


SLOPPY: dict[str, Sloppy] = {
    "rounded to 4 decimals": rounded,
    "a stray 1e-8": with_epsilon,
    "float32 inside": through(torch.float32),
    "float16 inside": through(torch.float16),
}


def ratios(page: Page, key: ExerciseKey, function: Callable[..., Any]) -> Iterator[tuple[str, float]]:
    """Dtype and largest error in units, for each question that `function` answers with numbers."""
    ask = asker(page, function)
    for entry, question in zip(key.entries, key.questions, strict=True):
        if entry.purpose in ("value", "gradient") and entry.dtype:
            worst = worst_ratio(question, ask(question), entry.expected)
            if worst is not None:
                yield entry.dtype, worst


def worst_ratio(question: Question, answer: object, expected: Any) -> float | None:
    if not isinstance(answer, Returned):
        return None
    seen, found = sheet(question, answer), []
    for leaf in expected:
        got, truth = numbers(seen.get(leaf.path)), numbers(leaf.truth)
        if leaf.budget and got is not None and truth is not None and got.shape == truth.shape and tolerance.peak(truth):
            error = tolerance.error(truth.astype(np.float64), got)
            found.append(error / (leaf.budget / tolerance.FACTOR))
    return max(found, default=None)


def main() -> None:
    torch.set_num_threads(1)
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 3))
    right: dict[str, list[float]] = defaultdict(list)
    sloppy: dict[tuple[str, str], list[float]] = defaultdict(list)
    for page in load_pages(read_course(ROOT)):
        for seed in seeds:
            key = make_exercise_key(page, seed)
            for function in (page.reference, *page.alternatives.values()):
                for dtype, ratio in ratios(page, key, function):
                    right[dtype].append(ratio)
            for name, make in SLOPPY.items():
                best: dict[str, float] = {}
                for dtype, ratio in ratios(page, key, make(page.reference)):
                    best[dtype] = max(best.get(dtype, 0.0), ratio)
                for dtype, ratio in best.items():
                    sloppy[name, dtype].append(ratio)
    report(right, sloppy)


def report(right: dict[str, list[float]], sloppy: dict[tuple[str, str], list[float]]) -> None:
    dtypes = [dtype for dtype in tolerance.ROUNDING if dtype in right]
    print(f"| answer | {' | '.join(dtypes)} |\n|---|{'---|' * len(dtypes)}")
    worst = [f"{max(right[dtype]):.1f} of {len(right[dtype])}" for dtype in dtypes]
    print(f"| right: the largest error, of so many questions | {' | '.join(worst)} |")
    for name in SLOPPY:
        cells = []
        for dtype in dtypes:
            seen = [ratio for ratio in sloppy[name, dtype] if not math.isnan(ratio)]
            caught = sum(ratio > tolerance.FACTOR for ratio in seen)
            cells.append(f"{caught}/{len(seen)}" if seen else "–")
        print(f"| {name}: exercises × seeds caught | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
