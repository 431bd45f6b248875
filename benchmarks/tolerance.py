"""The error budget, measured over the whole course: `python benchmarks/tolerance.py [SEEDS]`.

Errors in units (grader/model/tolerance.py), the unit taken from the reference alone, so that no answer vouches for
itself: the largest of right answers must stay below 32 (8 in half precision), a sloppy one should exceed it somewhere
in its exercise. Right are the alternatives of the pages and the answers in tests/data/answers, which were written
without
looking at a page. Prints the tables of docs/tolerance.md.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.course.course import load_pages, read_course
from grader.course.page import Page
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model import tolerance
from grader.model.keys.key import ExerciseKey, Expected
from grader.model.leaves import numbers, sheet
from grader.model.question import Question, Returned
from grader.model.value import map_leaves

ROOT = Path(__file__).parent.parent
Function = Callable[..., Any]


def floats(change: Callable[[torch.Tensor], torch.Tensor]) -> Function:
    """`change` for every floating tensor and every float in a tree."""

    def changed(leaf: Any) -> Any:
        if isinstance(leaf, float):
            return change(torch.tensor(leaf, dtype=torch.float64)).item()
        return change(leaf) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point() else leaf

    return lambda tree: map_leaves(changed, tree)


def after(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Function], Function]:
    """The right answer, changed a little."""
    return lambda function: lambda *args, **kwargs: floats(change)(function(*args, **kwargs))


def through(dtype: torch.dtype) -> Callable[[Function], Function]:
    """Lower precision inside: inputs are cast down, the answer is cast back."""

    def sloppy(function: Function) -> Function:
        def computed(*args: Any, **kwargs: Any) -> Any:
            low = floats(lambda x: x.to(dtype))
            given = [x.dtype for x in args if isinstance(x, torch.Tensor) and x.is_floating_point()]
            answer = function(*low(args), **low(kwargs))
            return floats(lambda x: x.to(given[0]))(answer) if given else answer

        return computed

    return sloppy


SLOPPY: dict[str, tuple[str, Callable[[Function], Function]]] = {
    "4 decimals, float64": ("float64", after(lambda x: torch.round(x, decimals=4))),
    "4 decimals, float32": ("float32", after(lambda x: torch.round(x, decimals=4))),
    "+1e-8, float64": ("float64", after(lambda x: x + 1e-8)),
    "float32 inside float64": ("float64", through(torch.float32)),
    "float16 inside float32": ("float32", through(torch.float16)),
}
SLOPPY_FORMULAS = {
    "broadcasting.pairwise_sq_dist": ("expanded_square",),
    "broadcasting.center": ("an_epsilon_added",),
    "broadcasting.normalize_channels": ("an_epsilon_added",),
    "norms.normalize_rows": ("eps_added_to_the_norm", "eps_added_under_the_root"),
    "norms.clip_by_global_norm": ("epsilon_in_the_denominator",),
    "softmax.log_softmax": ("epsilon_inside_the_logarithm",),
}


def right_answers(page: Page) -> list[Function]:
    """The page's alternatives and those of tests/data/answers."""
    path = ROOT / "tests" / "data" / "answers" / f"{page.topic}.py"
    spec = importlib.util.spec_from_file_location(f"answers_{page.topic}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    independent = [each for name, each in vars(module).items() if name.startswith(f"{page.name}__")]
    return [*page.alternatives.values(), *independent]


def ratios(page: Page, key: ExerciseKey, function: Function) -> Iterator[tuple[str, float]]:
    """Dtype and largest error in units, for each question that `function` answers with numbers."""
    ask = asker(page, function)
    for entry, question in zip(key.entries, key.questions, strict=True):
        if entry.purpose in ("value", "gradient") and entry.dtype:
            worst = worst_ratio(question, ask(question), entry.expected)
            if worst is not None:
                yield entry.dtype, worst


def worst_ratio(question: Question, answer: object, expected: Sequence[Expected]) -> float | None:
    """None where there is no number to compare."""
    if not isinstance(answer, Returned):
        return None
    seen, found = sheet(question, answer), []
    for leaf in expected:
        got, truth = numbers(seen.get(leaf.path)), numbers(leaf.truth)
        if leaf.budget and got is not None and truth is not None and got.shape == truth.shape and tolerance.peak(truth):
            unit = leaf.budget / tolerance.budget(1.0, leaf.dtype or "float32")
            found.append(tolerance.error(truth.astype(np.float64), got) / unit)
    return max(found, default=None)


def most(page: Page, key: ExerciseKey, function: Function) -> dict[str, float]:
    """The largest ratio of a function in each dtype."""
    found: dict[str, float] = {}
    for dtype, ratio in ratios(page, key, function):
        found[dtype] = max(found.get(dtype, 0.0), ratio)
    return found


def measured(page: Page, seeds: Sequence[int]) -> tuple[dict[str, float], dict[str, float], int]:
    """Of right answers the largest ratio per dtype; of sloppy ones the smallest over the seeds; how many are right."""
    right, sloppy, answers = defaultdict[str, float](float), dict[str, float](), right_answers(page)
    for seed in seeds:
        key = make_exercise_key(replace(page, alternatives={}), seed)
        for function in answers:
            for dtype, ratio in most(page, key, function).items():
                right[dtype] = max(right[dtype], ratio)
        attempts = {name: (dtype, make(page.reference)) for name, (dtype, make) in SLOPPY.items()}
        formulas = [each for each in page.misconceptions if each.name in SLOPPY_FORMULAS.get(page.id, ())]
        for dtype in ("float64", "float32"):
            attempts |= {f"{each.name}, {dtype}": (dtype, each.function) for each in formulas}
        own = most(page, key, page.reference)
        for name, (dtype, function) in attempts.items():
            ratio = most(page, key, function).get(dtype)
            if ratio is not None and ratio != own.get(dtype):  # an answer in place, or of integers: nothing changed
                sloppy[name] = min(sloppy.get(name, np.inf), ratio)
    return dict(right), sloppy, len(answers)


def shown(ratio: float | None) -> str:
    """Two digits say enough."""
    if ratio is None:
        return "–"
    return f"{ratio:.1f}" if ratio < 1000 else "∞" if np.isinf(ratio) else f"{ratio:.0e}".replace("e+0", "e")


def main() -> None:
    torch.set_num_threads(1)
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 3))
    dtypes, kinds = tuple(tolerance.ROUNDING), tuple(SLOPPY)
    print(f"| exercise | answers | {' | '.join((*dtypes, *kinds))} |\n|---|{'---:|' * (1 + len(dtypes) + len(kinds))}")
    extra = []
    for page in load_pages(read_course(ROOT)):
        if page.exercise.accuracy is None:
            right, sloppy, count = measured(page, seeds)
            cells = [*(right.get(dtype) for dtype in dtypes), *(sloppy.get(kind) for kind in kinds)]
            print(f"| {page.id} | {count} | {' | '.join(map(shown, cells))} |", flush=True)
            extra += [f"| {page.id} | {name} | {shown(sloppy[name])} |" for name in sloppy if name not in SLOPPY]
    print("\n| exercise | formula that loses digits | smallest |\n|---|---|---:|", *extra, sep="\n")


if __name__ == "__main__":
    main()
