"""Limits by course, by exercise and by command line: who wins, that they travel with the key, and what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.cli.run import Options
from grader.course.course import read_course
from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.parallel import made_key
from grader.keymaking.source_digest import origins
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, for_students
from grader.model.keys.key_file import load_key, save_key
from grader.model.keys.key_variants import within
from grader.model.limits import Limits
from grader.model.result import ExerciseResult, Verdict
from grader.report.explanation import explanation
from grader.sandbox.session import Sandbox
from tests.helpers.sandbox_modes import Started

STUB = 'def {}(x: int) -> int:\n    """Say one.\n\n    Args:\n        x: a number.\n    Returns:\n        One.\n    """\n    raise NotImplementedError\n'
PAGE = "from grader import *\n\n\n@reference\ndef {}(x):\n    return 1\n\n\n@case\ndef one(draw):\n    return 1\n\n\n@case\ndef two(draw):\n    return 2\n"
SLEEPS = "import time\nimport torch\ndef f(x):\n    time.sleep(0.4)\n    return 1\ng = f\n"
SWELLS = "import torch\ndef f(x):\n    return int(torch.ones(1 << 24).shape == (1 << 24,))\ng = f\n"  # 64 MB
SHOUTS = "import torch\ndef f(x):\n    return torch.ones(1 << 18) if x == 1 else 1\ng = f\n"  # 1 MB

Key = Callable[[str], AnswerKey]


@pytest.fixture
def key(tmp_path: Path) -> Key:
    """The key of a course of two exercises, t.f and t.g, with this in its course.toml; from a file, as workers have it."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "solutions" / "t").mkdir(parents=True)
    (tmp_path / "exercises" / "t.py").write_text(f'"""T."""\n\n\n{STUB.format("f")}\n\n{STUB.format("g")}')
    for name in "fg":
        (tmp_path / "solutions" / "t" / f"{name}.py").write_text(PAGE.format(name))

    def made(limits: str) -> AnswerKey:
        (tmp_path / "exercises" / "course.toml").write_text(f'title = "T"\ntopics = ["t"]\n{limits}')
        save_key(made_key(read_course(tmp_path), (), 1, 1), tmp_path / "class.key")
        return load_key(tmp_path / "class.key")

    return made


@pytest.fixture
def sandbox(started: Started) -> Sandbox:
    return started("all layers").within(asdict(Limits()))


def graded(key: AnswerKey, source: str, sandbox: Sandbox) -> dict[str, ExerciseResult]:
    return {result.function: result for result in examine(key, Submission("s", {"t": source}), sandbox).exercises}


COURSE = "[limits]\nquestion_seconds = 0.2\n"
EXERCISE = '[limits."t.g"]\nquestion_seconds = 2\n'


@pytest.mark.parametrize(
    ("limits", "given", "in_time"),
    [
        ("", {}, "f g"),  # the default
        (COURSE, {}, ""),
        (EXERCISE.replace("2", "0.2"), {}, "f"),
        (COURSE + EXERCISE, {}, "g"),
        (COURSE + EXERCISE, {"question_seconds": 0.1}, ""),
        (COURSE + EXERCISE, {"question_seconds": 3.0}, "f g"),
        ("", {"question_seconds": 0.2}, ""),
        (COURSE + EXERCISE, {"memory_mb": 512}, "g"),  # which says nothing about time
    ],
)
def test_who_wins(key: Key, sandbox: Sandbox, limits: str, given: dict[str, float], in_time: str) -> None:
    """The command line wins over the exercise, the exercise over the course, the course over the default."""
    results = graded(within(key(limits), given), SLEEPS, sandbox)
    assert [name for name, result in results.items() if result.passed] == in_time.split()
    late = [result for result in results.values() if not result.passed]
    assert all(result.verdict is Verdict.TIMED_OUT for result in late)


@pytest.mark.parametrize(
    ("source", "limits", "verdict", "words"),
    [
        (SLEEPS, "question_seconds = 0.2", Verdict.TIMED_OUT, "stopped after 0.2 s, which is what one question may take"),
        (SLEEPS, "exercise_seconds = 0.3", Verdict.TIMED_OUT, "stopped after 0.3 s, which is what one exercise may take"),
        (SLEEPS, "submission_seconds = 0.6", Verdict.TIMED_OUT, "the 0.6 s of the whole submission are used up"),
        ("import time\nx = time.sleep(1)\ny = time.sleep(1)", "import_seconds = 0.2", Verdict.TIMED_OUT, "stopped after 0.2 s, which is what running"),
        (SWELLS, "memory_mb = 32", Verdict.OUT_OF_MEMORY, r"the limit is 32 MB of memory, \d MB were in use"),
        (SHOUTS, "answer_mb = 1", Verdict.RAISED, "too much output: 1.0 MB of answers, 1 MB is the limit of one exercise"),
    ],
)  # fmt: skip
def test_the_verdict_says_which_limit_it_was(
    key: Key, sandbox: Sandbox, source: str, limits: str, verdict: Verdict, words: str
) -> None:
    """Each limit that a course can set holds, and whoever meets it reads which one it was and how much was used."""
    result = graded(key(f"[limits]\n{limits}\n"), source, sandbox)["g"]
    assert verdict in (result.verdict, *(check.verdict for check in result.checks))
    assert re.search(words, "\n".join(map(explanation, result.checks)))


@pytest.mark.parametrize("memory", [256, 16])
def test_memory_of_one_exercise(key: Key, sandbox: Sandbox, memory: int) -> None:
    """An exercise may have more memory than the others, or less."""
    results = graded(key(f'[limits]\nmemory_mb = 32\n[limits."t.g"]\nmemory_mb = {memory}\n'), SWELLS, sandbox)
    assert results["f"].verdict is Verdict.OUT_OF_MEMORY
    assert results["g"].passed == (memory == 256)


def test_limits_travel_with_the_key(key: Key) -> None:
    """A key is all that a worker or a kit knows: it holds the course's limits, and a kit's holds them too."""
    made = key('[limits]\nsubmission_seconds = 30\nmemory_mb = 100\n[limits."t.g"]\nanswer_mb = 2\n')
    for each in (made, for_students(made), made.of_topics(("t",))):
        assert each.limits == {"submission_seconds": 30.0, "memory_mb": 100}
        assert [exercise.limits for exercise in each.exercises] == [{}, {"answer_mb": 2}]


def test_the_command_line_leaves_the_rest(key: Key) -> None:
    """What was not given stays with the course and its exercises."""
    made = within(key('[limits."t.g"]\nanswer_mb = 2\nmemory_mb = 100\n'), {"memory_mb": 512})
    assert made.limits == {"memory_mb": 512}
    assert [exercise.limits for exercise in made.exercises] == [{}, {"answer_mb": 2}]


def test_the_options_of_the_command_line() -> None:
    """Each becomes a limit; one that was not given is none."""
    nothing = dict.fromkeys(
        ("topics", "dtype", "question_seconds", "exercise_seconds", "submission_seconds", "memory_mb", "answer_mb")
    )
    usual = {**nothing, "out": Path("o"), "seed": 1, "jobs": 1, "device": "cpu", "trust_submissions": False}
    assert Options.of(usual).given == {}
    given = {
        "question_seconds": 1.5,
        "exercise_seconds": 2.0,
        "submission_seconds": 9.0,
        "memory_mb": 64,
        "answer_mb": 1,
    }
    assert Options.of(usual | given).given == given


def test_another_limit_is_another_key(key: Key, tmp_path: Path) -> None:
    """A key that is kept because nothing changed would keep old limits too."""
    key("")
    before = origins(read_course(tmp_path), ["t"], 1)
    key(COURSE)
    assert origins(read_course(tmp_path), ["t"], 1) != before


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("limits = 3\n", "limits is a table. Write [limits]"),
        ("[limits]\nquestion_second = 3\n", "no limit 'question_second' to limit. Did you mean question_seconds?"),
        ("[limits]\nstart_seconds = 3\n", "no limit 'start_seconds'"),
        ("[limits]\nquestion_seconds = 0\n", "[limits] question_seconds = 0 is not a number above 0"),
        ("[limits]\nquestion_seconds = nan\n", "is not a number above 0"),
        ("[limits]\nquestion_seconds = true\n", "is not a number above 0"),
        ('[limits]\nquestion_seconds = "3"\n', "is not a number above 0"),
        ("[limits]\nmemory_mb = 1.5\n", "[limits] memory_mb = 1.5 is not a whole number above 0"),
        ('[limits."t.h"]\nmemory_mb = 1\n', "no exercise 't.h' to limit. Did you mean t."),
        ('[limits."t.g"]\nsubmission_seconds = 1\n', 'submission_seconds is of all exercises together. Write it under [limits].'),
        ('[limits."t.g"]\nseconds = 1\n', "no limit 'seconds'"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant(key: Key, limits: str, says: str) -> None:
    """One line that names the place and the repair."""
    with pytest.raises(UsageError) as error:
        key(limits if limits.startswith("[") else "\n" + limits)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
