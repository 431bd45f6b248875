"""Writes docs/messages.md: a real example of each kind of message, as `d2l-check` says it, from docs/messages.toml."""

from __future__ import annotations

import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.cache import cached_key
from grader.model.exercise_id import topic_of
from grader.model.keys.key import AnswerKey, for_students
from grader.model.limits import Limits
from grader.report.exercise_terminal import exercise_lines, shared_lines
from grader.report.student_view import shared_fact
from grader.sandbox.session import Sandbox

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "messages.md"
EXAMPLES = PAGE.with_suffix(".toml")
HEAD = """\
# What d2l-check says

One real example of each kind of message: some code, and what a student reads about it. The same facts make feedback,
notebooks, `nbgrader validate`, Gradescope's output and JUnit ([results.json](results.md)).
`python docs/make_messages.py` makes this page from `messages.toml`.
"""


@dataclass(frozen=True)
class Example:
    """A title, the exercise that is shown, the topic's file as a student may have written it."""

    title: str
    exercise: str
    code: str


def examples() -> list[Example]:
    """The examples, in the order of the page."""
    known = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    return [Example(**one) for one in known["example"]]


def main() -> None:
    """Writes the page."""
    topics = dict.fromkeys(topic_of(example.exercise) for example in examples())
    key = for_students(cached_key(ROOT, list(topics)))
    with Sandbox.start(Limits(question_seconds=1.0), trust=True) as sandbox:
        parts = [_shown(example, key, sandbox) for example in examples()]
    PAGE.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def _shown(example: Example, key: AnswerKey, sandbox: Sandbox) -> str:
    topic = example.exercise.partition(".")[0]
    submission = Submission("you", {topic: example.code})
    result = examine(key.of_topics([topic]), submission, sandbox)
    shared = shared_fact(result.exercises)
    if shared:
        lines = shared_lines(shared, width=100)
    else:
        (exercise,) = (each for each in result.exercises if each.id == example.exercise)
        lines = exercise_lines(exercise, width=100)
    said = "\n".join(line.plain.rstrip() for line in lines)
    code = textwrap.indent(example.code.rstrip(), "    ")
    return f"## {example.title}\n\n{code}\n\n```text\n{said}\n```\n"


if __name__ == "__main__":
    main()
