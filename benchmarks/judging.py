"""What judging costs the process that keeps the marks: `python benchmarks/judging.py [FILE] [--seed 3] [--rounds 3]`.

FILE holds answers as `benchmarks/answers.py` reads them. Each is graded by itself, with the whole key of its exercise,
known mistakes included. Only this process is timed, by its processor: what the student's process computes is left out,
and so is waiting for it. It prints for right and for wrong answers the mean of a round, for an answer and for a
question; the first round pays for what is kept from then on. Run it in two checkouts, in turn, to compare them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers import ANSWERS, ROOT, asked_alone
from grader.course.course import read_course
from grader.grading.examine import examine
from grader.keymaking.parallel import made_key
from grader.model.keys.key import AnswerKey
from grader.sandbox.session import Sandbox


@dataclass(frozen=True)
class Judged:
    """One answer: whether it has full marks, the processor time of this process, and how many questions it was."""

    right: bool
    seconds: float
    questions: int


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("file", nargs="?", type=Path, default=ANSWERS)
    options.add_argument("--seed", type=int, default=3)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    answers = json.loads(given.file.read_text(encoding="utf-8"))
    course = read_course(ROOT)
    key = made_key(course, sorted({each["topic"] for each in answers}), given.seed)
    with Sandbox.start(preload=True) as sandbox:
        for number in range(1, given.rounds + 1):
            judged = list(graded(answers, key, sandbox))
            print(f"round {number}: {told(judged, right=True)}; {told(judged, right=False)}", flush=True)


def graded(answers: Sequence[Mapping[str, Any]], key: AnswerKey, sandbox: Sandbox) -> Iterator[Judged]:
    """Every answer, graded and timed."""
    for answer in answers:
        own, submission = asked_alone(answer, key)
        (exercise,) = own.exercises
        started = time.process_time()
        (result,) = examine(own, submission, sandbox).exercises
        yield Judged(result.passed, time.process_time() - started, len(exercise.questions))


def told(judged: Sequence[Judged], right: bool) -> str:
    """The mean of the right answers, or of the wrong ones, in a sentence's part."""
    kind = [each for each in judged if each.right is right]
    if not kind:
        return f"none {'right' if right else 'wrong'}"
    mean = statistics.mean(each.seconds for each in kind)
    questions = statistics.mean(each.questions for each in kind)
    title = "right" if right else "wrong"
    return f"{len(kind)} {title}: {mean * 1e3:.2f} ms each, {mean / questions * 1e6:.0f} µs a question"


if __name__ == "__main__":
    main()
