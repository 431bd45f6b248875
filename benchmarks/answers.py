"""How answers that no page lists fare: `python benchmarks/answers.py [FILE] [--seed 3] [--function NAME]`.

FILE is JSON, a list of answers: `id`, `topic`, `function`, `source` (a whole module), `expected` and `note`;
`debatable` is true where the stub can be read in two ways. Each answer is graded by itself, as d2l-grade does: in the
sandbox, with the key of its exercise alone. Expected is one of

    right        full marks; goal: every one
    wrong        less than full marks; goal: at most 2 % of those that are not debatable have them
    degenerate   at most a twentieth of the exercise: it needed no thought; goal: every one

Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.course.course import load_pages, read_course
from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.keymaker import make_key
from grader.model.keys.key import AnswerKey
from grader.model.result import ExerciseResult
from grader.report.explanation import full_explanation
from grader.sandbox.session import Sandbox

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT / "tests" / "data" / "answers" / "exam.json"
THOUGHTLESS, WRONG_IN_FULL = 0.05, 0.02


@dataclass(frozen=True)
class Marked:
    """An answer of the file with what it earned."""

    answer: Mapping[str, Any]
    result: ExerciseResult

    @property
    def share(self) -> float:
        return self.result.points / self.result.max_points

    @property
    def line(self) -> str:
        answer, failure = self.answer, self.result.first_failure
        why = f"; {failure.name}: {full_explanation(failure).splitlines()[-1:]}" if failure and self.share < 1 else ""
        debatable = " (debatable)" if answer.get("debatable") else ""
        return f"  {answer['topic']}.{answer['id']}: {self.share:.2f}{debatable}   {answer['note']}{why}"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("file", nargs="?", type=Path, default=ANSWERS)
    options.add_argument("--seed", type=int, default=3)
    options.add_argument("--function", action="append", default=[])
    given = options.parse_args()
    answers = json.loads(given.file.read_text(encoding="utf-8"))
    wanted = [each for each in answers if not given.function or each["function"] in given.function]
    return told(list(marked(wanted, given.seed)))


def marked(answers: Sequence[Mapping[str, Any]], seed: int) -> Iterator[Marked]:
    """Every answer, graded."""
    functions = {(each["topic"], each["function"]) for each in answers}
    key = key_of(sorted(functions), seed)
    with Sandbox.start(preload=True) as sandbox:
        for answer in answers:
            (result,) = examine(*asked_alone(answer, key), sandbox).exercises
            yield Marked(answer, result)


def asked_alone(answer: Mapping[str, Any], key: AnswerKey) -> tuple[AnswerKey, Submission]:
    """The part of the key that asks for one answer, and the answer as somebody hands it in."""
    name = f"{answer['topic']}.{answer['function']}"
    own = replace(key, exercises=tuple(each for each in key.exercises if each.id == name))
    return own, Submission(answer["id"], {answer["topic"]: answer["source"]})


def key_of(functions: Sequence[tuple[str, str]], seed: int) -> AnswerKey:
    """The key of these exercises, without the known mistakes: they name, and no mark hangs on that."""
    course = read_course(ROOT)
    pages = [page for topic, name in functions for page in load_pages(course, [topic], [name])]
    unnamed = [replace(page, misconceptions=(), first_attempts=()) for page in pages]
    return make_key(course.name, course.title, unnamed, seed)


def told(answers: Sequence[Marked]) -> int:
    """Prints how they fared; 1 where a goal is missed."""
    of = {
        kind: [each for each in answers if each.answer["expected"] == kind] for kind in ("right", "wrong", "degenerate")
    }
    refused = [each for each in of["right"] if each.share < 1]
    in_full = [each for each in of["wrong"] if each.share == 1]
    certain = [each for each in of["wrong"] if not each.answer.get("debatable")]
    certain_in_full = [each for each in in_full if each in certain]
    paid = [each for each in of["degenerate"] if each.share > THOUGHTLESS]
    for title, listed in (("Right, refused", refused), ("Wrong, in full", in_full), ("Degenerate, paid", paid)):
        print("\n".join([f"{title}:", *(each.line for each in listed), ""]) if listed else "", end="")
    print(
        f"{len(of['right'])} right: {len(refused)} refused; {len(of['wrong'])} wrong: {len(in_full)} in full, "
        f"{len(certain_in_full)} of the {len(certain)} that are not debatable; "
        f"{len(of['degenerate'])} degenerate: {len(paid)} above {THOUGHTLESS}"
    )
    return int(bool(refused or paid or len(certain_in_full) > WRONG_IN_FULL * len(certain)))


if __name__ == "__main__":
    sys.exit(main())
