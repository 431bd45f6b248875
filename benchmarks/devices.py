"""How far honest answers lie from the truth on a device, in budgets of the CPU: what `DEVICE_FACTOR` has to cover.

    python benchmarks/devices.py --device cuda

Asks every reference and alternative every question, in this process, and prints for each dtype the largest error, how
many answers leave the CPU's budget and the device's, and which misconceptions the wider budgets let through.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from grader.course.course import load_pages, read_course
from grader.course.page import Page
from grader.judging.findings import passes
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model import tolerance
from grader.model.keys.key import ExerciseKey
from grader.model.keys.key_variants import exercise_on_device
from grader.model.leaves import numbers, sheet
from grader.model.question import Returned

COURSE = Path(__file__).parent.parent


def shares(page: Page, key: ExerciseKey) -> Iterator[tuple[str, float, str]]:
    """dtype, error in budgets of the CPU, and whose it is, for every floating leaf of every right answer."""
    for function in (page.reference, *page.alternatives.values()):
        ask = asker(page, function)
        for entry, question in zip(key.entries, key.questions, strict=True):
            answer = ask(question)
            if not isinstance(answer, Returned) or entry.purpose not in ("value", "gradient"):
                continue
            seen = sheet(question, answer)
            for leaf in entry.expected:
                if leaf.budget is None or leaf.budget == 0:
                    continue
                got, truth = numbers(seen.get(leaf.path)), numbers(leaf.truth)
                if got is None or truth is None:
                    continue
                budget = leaf.budget / tolerance.device_factor(question.device, leaf.dtype)
                yield (
                    leaf.dtype or "float32",
                    tolerance.error(truth, got) / budget,
                    f"{page.id} {function.__name__} {entry.case}",
                )


def main() -> None:
    """Prints one table, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", type=int, default=3)
    wish = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    caught = missed = 0
    for page in load_pages(read_course(COURSE)):
        for seed in range(1, wish.seeds + 1):
            key = exercise_on_device(make_exercise_key(page, seed), wish.device)
            for dtype, share, whose in shares(page, key):
                found[dtype].append((share, whose))
            for wrong in page.misconceptions:
                let_through = len(passes(key, tuple(map(asker(page, wrong.function), key.questions)))) == len(
                    key.checks
                )
                missed, caught = missed + let_through, caught + (not let_through)
    print(f"{wish.device}: {caught} of {caught + missed} misconceptions caught\n")
    print("| dtype | answers | median | 99.9 % | largest, in CPU budgets | beyond the CPU's | beyond the device's |")
    print("|---|---|---|---|---|---|---|")
    for dtype in (each for each in tolerance.ROUNDING if each in found):
        factor = tolerance.device_factor(wish.device, dtype)
        errors = np.array([share for share, _ in found[dtype]])
        largest, whose = max(found[dtype])
        beyond, lost = int((errors > 1).sum()), int((errors > factor).sum())
        middle, high = np.quantile(errors, [0.5, 0.999])
        print(f"| {dtype} | {errors.size} | {middle:.2g} | {high:.2g} | {largest:.2g} ({whose}) | {beyond} | {lost} |")


if __name__ == "__main__":
    main()
