"""Writes docs/first_attempts.md: what people write first, and all that d2l-check says of it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.cache import cached_key
from grader.model.exercise_id import topic_of
from grader.model.keys.key import AnswerKey, for_students
from grader.report.exercise_terminal import exercise_lines
from grader.sandbox.session import Sandbox

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "first_attempts.md"
ATTEMPTS = ROOT / "tests" / "data" / "first_attempts.json"
COUNT = 30
HEAD = """\
# First attempts, and what is said of them

What people write first, in thirty exercises: naive formulas, the book's own code, two mistakes at once. The sentence
below each title says what is wrong; it was written before anything was graded. `d2l-check hint` says what to write
instead, when it is asked.
`python docs/make_first_attempts.py` makes this page.
"""


def main() -> None:
    """Writes the page."""
    chosen = _of_different_exercises(json.loads(ATTEMPTS.read_text(encoding="utf-8")))
    topics = list(dict.fromkeys(topic_of(attempt["function"]) for attempt in chosen))
    key = for_students(cached_key(ROOT, topics))
    with Sandbox.start(trust=True) as sandbox:
        parts = [_shown(attempt, key, sandbox) for attempt in chosen]
    PAGE.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def _of_different_exercises(attempts: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """One of each exercise, as many as fit: of several the one with most mistakes."""
    best: dict[str, Mapping[str, str]] = {}
    for attempt in attempts:
        known = best.get(attempt["function"])
        if known is None or len(attempt["mistakes"]) > len(known["mistakes"]):
            best[attempt["function"]] = attempt
    return list(best.values())[:COUNT]


def _shown(attempt: Mapping[str, str], key: AnswerKey, sandbox: Sandbox) -> str:
    id = attempt["function"]
    part = replace(key, exercises=tuple(each for each in key.exercises if each.id == id))
    (result,) = examine(part, Submission("you", {topic_of(id): attempt["source"]}), sandbox).exercises
    said = "\n".join(line.plain.rstrip() for line in exercise_lines(result, width=100))
    code = textwrap.indent(_function(attempt["source"]), "    ")
    return f"## {id}\n\n{attempt['truth']}\n\n{code}\n\n```text\n{said}\n```\n"


def _function(source: str) -> str:
    """The code without the imports, which are the stub's."""
    lines = source.strip().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(("def ", "class ", "@")))
    return "\n".join(lines[first:])


if __name__ == "__main__":
    main()
