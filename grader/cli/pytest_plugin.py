"""`pytest` in a working folder: each check is a test, so that the test explorers of editors show them.

A folder is one where answer keys lie; anywhere else this does nothing, and loads nothing but pytest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.model.keys.key import ExerciseKey
    from grader.model.result import CheckResult, ExerciseResult
    from grader.sandbox.session import Sandbox

KEYS = "d2l*.key"


class NotRight(Exception):
    """A check that fails, with what a student reads about it."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects a topic's module that lies beside its key."""
    if file_path.suffix != ".py" or not any(file_path.parent.glob(KEYS)):
        return None
    from grader.kits.student import find_keys, load_keys

    if file_path.stem not in load_keys(find_keys(file_path.parent)).topics:
        return None
    topic: pytest.Collector = TopicFile.from_parent(parent, path=file_path)
    return topic


class TopicFile(pytest.File):
    """A topic's module, with a test class, so to speak, for each exercise."""

    def collect(self) -> Iterator[pytest.Collector]:
        """The exercises, in the order of the key."""
        from grader.kits.student import find_keys, load_keys

        key = load_keys(find_keys(self.path.parent))
        for exercise in key.of_topics((self.path.stem,)).exercises:
            yield ExerciseTests.from_parent(self, name=exercise.function, key=exercise)

    @property
    def sandbox(self) -> Sandbox:
        """One sandbox for the whole run of pytest."""
        known: dict[str, Any] = self.config.stash.setdefault(_SANDBOX, {})
        if "sandbox" not in known:
            from grader.sandbox.session import Sandbox

            known["sandbox"] = Sandbox.start(trust=True)
            self.config.add_cleanup(known["sandbox"].close)
        sandbox: Sandbox = known["sandbox"]
        return sandbox


_SANDBOX = pytest.StashKey[dict[str, Any]]()


class ExerciseTests(pytest.Collector):
    """The tests of an exercise, which is asked once, when its first check is due."""

    def __init__(self, key: ExerciseKey, **given: Any) -> None:
        super().__init__(**given)
        self.key = key
        self._result: ExerciseResult | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """The checks that a student may see."""
        for check in self.key.checks:
            if check.shown:
                yield CheckTest.from_parent(self, name=check.name)

    @property
    def result(self) -> ExerciseResult:
        if self._result is None:
            from grader.cli.checker import read_workspace
            from grader.grading.examine import examine
            from grader.model.keys.key import AnswerKey

            topic = self.getparent(TopicFile)
            assert topic is not None
            key = AnswerKey("", "", 0, (self.key,))
            submission = read_workspace(topic.path.parent, [self.key.topic])
            (self._result,) = examine(key, submission, topic.sandbox).exercises
        return self._result


class CheckTest(pytest.Item):
    """One check."""

    def runtest(self) -> None:
        """Raises `NotRight` where it fails; what is not written is skipped."""
        from grader.model.result import Verdict
        from grader.report.explanation import note_of

        exercise = self.getparent(ExerciseTests)
        assert exercise is not None
        result = exercise.result
        if result.verdict is Verdict.MISSING:
            pytest.skip(note_of(result))
        check = next(each for each in result.checks if each.name == self.name)
        if check.verdict is not Verdict.PASSED:
            raise NotRight(_said(result, check))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What a student reads, in the place of a traceback of ours."""
        return str(excinfo.value) if isinstance(excinfo.value, NotRight) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where an editor goes: the line of the function, from 0."""
        exercise, topic = self.getparent(ExerciseTests), self.getparent(TopicFile)
        assert exercise is not None
        assert topic is not None
        lines = topic.path.read_text(encoding="utf-8", errors="replace").splitlines()
        place = next((at for at, line in enumerate(lines) if line.startswith(f"def {exercise.name}(")), None)
        return topic.path, place, f"{exercise.name}: {self.name}"


def _said(result: ExerciseResult, check: CheckResult) -> str:
    """The failure, and the hints that explain it."""
    from grader.report.explanation import explanation
    from grader.report.hints import hint_texts

    texts = hint_texts(result)
    hints = [text for hint, text in zip(result.hints, texts, strict=False) if check.name in hint.explained]
    return "\n".join([explanation(check) or check.verdict.value, *hints])
