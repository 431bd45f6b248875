"""Retries: what happens to machines costs time and never a mark, and nobody is blamed for a neighbour's deed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from grader.cluster.payload import Refusal, packed_result, unpacked_result
from grader.cluster.retries import MOST_ODD, Finished, GivenUp, Killed, Lost, Retries, TryOutcome, Turns
from grader.grading.task import Graded, Task
from grader.intake.handed_in import HandedIn
from grader.model.result import SubmissionResult

RIGHT = packed_result(Graded("", "digest", SubmissionResult("", "graded")))
WAITS = packed_result(Refusal("its sandbox is not up", waits=True))
REFUSED = packed_result(Refusal("no child process can be started here"))


@dataclass
class Cluster:
    """A cluster on paper: what is to become of each student's tries, one after the other, then a right result.

    together: the students that are being tried; crowds: with how many others each try was begun.
    """

    outcomes: dict[str, list[TryOutcome]]
    together: set[str] = field(default_factory=set)
    crowds: dict[str, list[int]] = field(default_factory=dict)
    odd: list[object] = field(default_factory=list)

    async def attempt(self, task: Task) -> TryOutcome:
        student = task.handed_in.student
        self.crowds.setdefault(student, []).append(len(self.together))
        self.together.add(student)
        await asyncio.sleep(0)
        self.together.remove(student)
        left = self.outcomes.get(student, [])
        return left.pop(0) if left else Finished(RIGHT)

    async def send_away(self, source: object, why: str) -> None:
        self.odd.append(source)


def settled(cluster: Cluster, *students: str) -> dict[str, bytes | GivenUp]:
    """What became of each of these."""

    async def settle() -> list[bytes | GivenUp]:
        turns = Turns()
        retries = Retries(cluster.attempt, cluster.send_away, (), turns, pause=0)
        tasks = [asyncio.ensure_future(retries.settled(Task(HandedIn(student)))) for student in students]
        await asyncio.sleep(0.01)
        await turns.no_more()
        return await asyncio.wait_for(asyncio.gather(*tasks), 20)

    return dict(zip(students, asyncio.run(settle()), strict=True))


def test_who_was_there_when_a_worker_died_comes_last_and_alone() -> None:
    """The killer is given up after it has killed alone, twice; the two that were beside it have their results."""
    killed: list[TryOutcome] = [Killed(), Killed(), Killed(), Killed()]
    cluster = Cluster({"killer": killed, "beside": [Killed()], "unlucky": [Killed(), Killed()]})
    done = settled(cluster, "killer", "beside", "unlucky", "a", "b")
    assert isinstance(done.pop("killer"), GivenUp)
    assert set(done.values()) == {RIGHT}
    assert len(killed) == 1, "it was tried once beside others and twice alone"
    assert cluster.crowds["killer"][1:] == [0, 0]
    assert cluster.crowds["beside"][1:] == [0]
    assert cluster.crowds["unlucky"][1:] == [0, 0]


def test_suspects_wait_for_those_who_are_to_come() -> None:
    """As long as there may be more, nothing is tried alone; and the head may hand over as many more."""

    async def parked() -> tuple[int, int]:
        turns, cluster = Turns(), Cluster({"killer": [Killed()]})
        retries = Retries(cluster.attempt, cluster.send_away, (), turns, pause=0)
        task = asyncio.ensure_future(retries.settled(Task(HandedIn("killer"))))
        await asyncio.sleep(0.02)
        before = turns.parked
        assert not task.done()
        await turns.no_more()
        await asyncio.wait_for(task, 5)
        return before, turns.parked

    assert asyncio.run(parked()) == (1, 0)


@pytest.mark.parametrize("outcome", [Lost(), Finished(WAITS)])
def test_what_says_nothing_about_a_submission_is_not_counted(outcome: TryOutcome) -> None:
    """A scheduler that is lost thirty times, a worker that is not ready: also of a suspect."""
    cluster = Cluster({"ada": [outcome] * 30, "bob": [Killed(), *[outcome] * 30, Killed()]})
    assert settled(cluster, "ada", "bob") == {"ada": RIGHT, "bob": RIGHT}


def test_a_worker_that_sends_something_odd_is_sent_away() -> None:
    """And the submission is tried elsewhere; not for ever."""
    cluster = Cluster({"ada": [Finished(b"odd", "w1"), Finished("text", "w2")], "bob": [Finished(None, "w3")] * 99})
    done = settled(cluster, "ada", "bob")
    assert done["ada"] == RIGHT
    assert done["bob"] == GivenUp("workers sent what nobody can read")
    assert cluster.odd.count("w1") == cluster.odd.count("w2") == 1
    assert cluster.odd.count("w3") == MOST_ODD


def test_a_submission_for_which_no_child_starts_is_given_up_with_the_reason() -> None:
    """Once beside others and twice alone, on sandboxes that were proved to work before."""
    cluster = Cluster({"ada": [Finished(REFUSED)] * 9, "bob": [Finished(REFUSED)]})
    done = settled(cluster, "ada", "bob")
    assert done == {"ada": GivenUp("no child process can be started here"), "bob": RIGHT}


def test_the_result_is_the_workers_own() -> None:
    """Its bytes are passed on as they came, for the head to read them itself."""
    done = settled(Cluster({}), "ada")["ada"]
    assert isinstance(done, bytes)
    assert unpacked_result(done, Task(HandedIn("ada")), ()) == Graded(
        "ada", "digest", SubmissionResult("ada", "graded")
    )
