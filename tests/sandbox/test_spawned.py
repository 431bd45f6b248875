"""Children that are interpreters of their own, and one of them that is started ahead."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.model.limits import Limits
from grader.model.question import Question, Returned
from grader.sandbox.session import Sandbox
from grader.sandbox.spawned import Processes

LIMITS = Limits(question_seconds=60, import_seconds=60, exercise_seconds=120, submission_seconds=300)
SOURCE = "import os\n\ndef f():\n    return os.getpid()\n"


@pytest.fixture
def warm() -> Iterator[Processes]:
    processes = Processes(warm=True)
    yield processes
    processes.close()


def pid_of(processes: Processes, limits: Limits = LIMITS) -> object:
    with Sandbox(processes, limits).submission({"t": SOURCE}) as child:
        (answer,) = child.ask("t", [Question("f")], {})
    assert isinstance(answer, Returned)
    return answer.values[0]


def spare_of(processes: Processes) -> int:
    spare = processes._spare
    assert spare is not None
    return spare.process.pid


def test_the_next_child_waits_already(warm: Processes) -> None:
    """Each submission has a process of its own, which was started while the last one was judged."""
    first = pid_of(warm)
    ahead = spare_of(warm)
    assert first != ahead
    assert pid_of(warm) == ahead
    assert spare_of(warm) != ahead


@pytest.mark.soak
def test_other_limits_have_another_child(warm: Processes) -> None:
    """The one that waits has the limits of the last; it goes, and leaves nothing behind."""
    pid_of(warm)
    spare = warm._spare
    assert spare is not None
    assert pid_of(warm, replace(LIMITS, printed_chars=7)) != spare.process.pid
    assert spare.process.poll() == -signal.SIGKILL


@pytest.mark.soak
def test_one_that_died_while_it_waited_is_replaced(warm: Processes) -> None:
    """Whoever kills it costs the next submission a moment and nothing else."""
    pid_of(warm)
    spare = warm._spare
    assert spare is not None
    spare.process.kill()
    spare.process.wait()
    assert pid_of(warm) != spare.process.pid


def test_nothing_waits_after_the_end(warm: Processes) -> None:
    pid_of(warm)
    spare = warm._spare
    assert spare is not None
    warm.close()
    assert spare.process.poll() == -signal.SIGKILL


def test_nothing_is_started_ahead_unless_asked_for() -> None:
    """One check needs one process."""
    processes = Processes()
    pid_of(processes)
    assert processes._spare is None
