"""What a worker does with a submission: it reads, asks and judges. A fault of ours is data, and the class goes on."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.grading.examine import examine
from grader.grading.exercise import Scoring, scored
from grader.grading.task import Graded, Task, Timestamps, our_fault
from grader.intake.finding.choice import Functions
from grader.intake.read import read_handed_in
from grader.intake.submission import Submission
from grader.judging.memo import remembering
from grader.model.errors import KeyFileError, SandboxError
from grader.model.keys.key import AnswerKey
from grader.sandbox.session import Sandbox


@dataclass(frozen=True)
class SubmissionGrader:
    """A key and a sandbox, each of them made when there is something to ask: a class without changes needs none."""

    functions: Functions
    key: Callable[[], AnswerKey]
    sandbox: Callable[[], Sandbox]
    scoring: Scoring = field(default_factory=lambda: remembering(scored))

    def grade(self, task: Task, read: Callable[[], Submission] | None = None) -> Graded:
        """What became of a task. Raises `SandboxError` where no child can be started, `KeyFileError`, and nothing else.

        read: gives the submission, where it does not lie where the task says.
        """
        started = time.time()
        try:
            submission = read() if read else read_handed_in(task.handed_in, self.functions)
            asked = time.time()
            graded = self._graded(task, submission)
            times = Timestamps(started=started, asked=asked, judged=time.time())
            return replace(graded, times=times, worker=f"process {os.getpid()}")
        except (SandboxError, KeyFileError):
            raise
        except Exception as error:
            reason = f"a fault of d2l-grader, not of the student: {fault(error)}"
            return our_fault(task.handed_in.student, reason)

    def _graded(self, task: Task, submission: Submission) -> Graded:
        student, digest = task.handed_in.student, submission.digest
        if digest != task.digest:
            result = examine(self.key(), submission, self.sandbox(), scoring=self.scoring)
            return Graded(student, digest, result, tried=submission.tried)
        if not task.stale:
            return Graded(student, digest, None)
        key = _asked(self.key(), task.stale, submission)
        result = examine(key, submission, self.sandbox(), scoring=self.scoring)
        kept = tuple(exercise for exercise in result.exercises if exercise.id in task.stale)
        return Graded(student, digest, replace(result, exercises=kept), partial=True, tried=submission.tried)


def fault(error: BaseException) -> str:
    """What was raised and where, without its text: a student reads this, and there may be hidden inputs in that."""
    trace = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(trace.filename).name}, line {trace.lineno}"


def _asked(key: AnswerKey, stale: frozenset[str], submission: Submission) -> AnswerKey:
    """The exercises that the results of the stale ones rest on.

    Those are what they need, and the rest of a notebook: whether it never ends is seen from all of its exercises.
    """
    wanted = [each for each in key.exercises if each.id in stale]
    ids = {*stale, *(name for each in wanted for name in each.needs)}
    whole = {each.topic for each in wanted} & set(submission.notebooks)
    return replace(key, exercises=tuple(each for each in key.exercises if each.id in ids or each.topic in whole))
