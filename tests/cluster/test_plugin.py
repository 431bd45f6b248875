"""A worker of a cluster: it is given work only while its sandbox stands, and says by name what it lacks."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.cluster import plugin as module
from grader.cluster.payload import Carried, Refusal, packed_task, unpacked_result
from grader.cluster.plugin import RunPlan, SandboxPlugin
from grader.cluster.versions import versions_here
from grader.grading.submission_grader import SubmissionGrader
from grader.grading.task import Graded, Task
from grader.intake.carried import CarriedFile
from grader.intake.handed_in import HandedIn
from grader.model.errors import NoIsolationError, ShortageError
from grader.model.keys.key import AnswerKey, Check, ExerciseKey
from grader.model.keys.key_file import save_key
from grader.model.limits import Limits
from grader.model.result import SubmissionResult
from tests.helpers.played_cards import CARD

RUN = "d2l-grader-1"
KEY = AnswerKey("tiny", "T", 1, (ExerciseKey("t.f", 1.0, ("x",), (Check("value", "value", 1.0, True),), ()),))
TASK = packed_task(Carried(Task(HandedIn("")), (CarriedFile("t.py", b"", top=True),)))
SHORTAGE = "no child process can be started here: memory"


class PlayedWorker:
    """What the plugin sees of a worker of Dask's."""

    def __init__(self, name: str = "lab-1") -> None:
        self.name = name
        self.metrics: dict[str, Callable[[Any], Any]] = {}
        self.resources: dict[str, float] = {}

    async def set_resources(self, **resources: float) -> None:
        self.resources |= resources

    async def heartbeat(self) -> None:
        pass

    def told(self) -> dict[str, Any]:
        return dict(self.metrics[RUN](self))


class PlayedSandbox:
    """A sandbox that stands without a process."""

    layers = ("seccomp",)

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    save_key(KEY, tmp_path / "key")
    content = (tmp_path / "key").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return RunPlan(RUN, content, digest, asdict(Limits()), False, "cpu", {"t": ("f",)}, versions_here())


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What starting a sandbox gives, or raises, one after the other; then sandboxes. Those that were started follow."""
    outcomes: list[Any] = []
    started: list[Any] = []

    def start(limits: Limits, **given: Any) -> Any:
        outcome = outcomes.pop(0) if outcomes else PlayedSandbox()
        if isinstance(outcome, Exception):
            raise outcome
        started.append(SimpleNamespace(sandbox=outcome, **given))
        return outcome

    monkeypatch.setattr(module.Sandbox, "start", staticmethod(start))
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    monkeypatch.setattr(module, "be_killed_before_others", lambda score: None)
    started.append(outcomes)
    return started


def lived(plan: RunPlan, act: Callable[[SandboxPlugin, PlayedWorker], Awaitable[Any]], name: str = "lab-1") -> Any:
    """What comes of it while the plugin is set up on a worker."""

    async def life() -> Any:
        plugin, worker = SandboxPlugin(plan), PlayedWorker(name)
        await plugin.setup(worker)  # type: ignore[arg-type]
        try:
            return await asyncio.wait_for(act(plugin, worker), 30)
        finally:
            await plugin.teardown(worker)  # type: ignore[arg-type]
            assert not worker.resources.get(RUN)
            assert not worker.metrics

    return asyncio.run(life())


async def until(worker: PlayedWorker, state: str) -> dict[str, Any]:
    while (told := worker.told())["state"] != state:
        await asyncio.sleep(0.005)
    return told


async def ready(plugin: SandboxPlugin, worker: PlayedWorker) -> dict[str, Any]:
    assert not worker.resources
    told = await until(worker, "ready")
    while not worker.resources.get(RUN):
        await asyncio.sleep(0.005)
    return told


def test_it_announces_itself_when_the_sandbox_stands(plan: RunPlan, sandboxes: list[Any]) -> None:
    """Not before; with what is around it. At the end the sandbox is closed."""
    told = lived(plan, ready)
    assert told["layers"] == ["seccomp"]
    assert [each.sandbox.closed for each in sandboxes[1:]] == [True]


def test_a_shortage_passes(plan: RunPlan, sandboxes: list[Any]) -> None:
    """It is told while it lasts, and tried again."""
    sandboxes[0] += [ShortageError(SHORTAGE)] * 5

    async def act(plugin: SandboxPlugin, worker: PlayedWorker) -> str:
        why = (await until(worker, "short"))["why"]
        await ready(plugin, worker)
        return str(why)

    assert lived(plan, act) == SHORTAGE


@pytest.mark.parametrize(
    ("change", "outcome", "why"),
    [
        ({}, NoIsolationError("no walls here"), "no walls here"),
        ({}, ZeroDivisionError("hidden"), "a fault of d2l-grader: ZeroDivisionError in test_plugin.py"),
        ({"digest": "another"}, None, "the key was changed on its way"),
        ({"key": b"no key", "digest": hashlib.sha256(b"no key").hexdigest()}, None, "is not an answer key"),
        ({"device": "cuda"}, None, "There is no cuda here: this machine has no GPU"),
        ({"versions": versions_here() | {"torch": "9.9"}}, None, f"torch {versions_here()['torch']} there and 9.9 here"),
        ({"versions": versions_here() | {"code of d2l-grader": "x"}}, None, "code of d2l-grader"),
    ],
)  # fmt: skip
def test_what_it_lacks_is_said_and_it_gets_no_work(
    plan: RunPlan, sandboxes: list[Any], change: dict[str, Any], outcome: Exception | None, why: str
) -> None:
    """Of versions both numbers. A task that comes all the same is not graded, and the head is told to ask again."""
    sandboxes[0] += [outcome] if outcome else []

    async def act(plugin: SandboxPlugin, worker: PlayedWorker) -> tuple[str, Any]:
        told = await until(worker, "refused")
        assert not worker.resources
        return str(told["why"]), unpacked_result(plugin.grade(TASK), Task(HandedIn("ada")), ["t.f"])

    said, answer = lived(replace(plan, **change), act)
    assert why in said
    assert answer == Refusal("its sandbox is not up", waits=True)


def test_where_no_child_starts_it_takes_back_what_it_announced(
    plan: RunPlan, sandboxes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task is refused with the reason; another sandbox is put up, and then it is there again."""
    outcomes: list[Any] = [ShortageError(SHORTAGE), Graded("", "digest", SubmissionResult("", "absent"))]

    def grade(grader: SubmissionGrader, task: Task, read: Any = None) -> Graded:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]

    monkeypatch.setattr(SubmissionGrader, "grade", grade)

    async def act(plugin: SandboxPlugin, worker: PlayedWorker) -> list[Any]:
        await ready(plugin, worker)
        answers = [await asyncio.to_thread(plugin.grade, TASK)]
        await until(worker, "short")
        while worker.resources[RUN]:
            await asyncio.sleep(0.005)
        await until(worker, "ready")
        answers.append(await asyncio.to_thread(plugin.grade, TASK))
        return [unpacked_result(answer, Task(HandedIn("ada")), ["t.f"]) for answer in answers]

    refused, graded = lived(plan, act)
    assert refused == Refusal(SHORTAGE)
    assert (graded.student, graded.digest) == ("ada", "digest")
    assert [each.sandbox.closed for each in sandboxes[1:]] == [True, True]


def test_a_fault_of_ours_is_a_result(plan: RunPlan, sandboxes: list[Any]) -> None:
    """What cannot be read does not raise, and no text of it is told: there may be hidden inputs in that."""

    async def act(plugin: SandboxPlugin, worker: PlayedWorker) -> Any:
        await ready(plugin, worker)
        return unpacked_result(plugin.grade(b"no task"), Task(HandedIn("ada")), ["t.f"])

    graded = lived(plan, act)
    assert graded.result.status == "not_graded"
    assert "a fault of d2l-grader, not of the student: error in payload.py" in graded.result.reason


@pytest.mark.parametrize(
    ("name", "index"), [("lab-1-0", 0), ("lab-1-1", 1), ("lab-1-2", 0), ("lab", 0), ("tls://10.0.0.1:8", 0)]
)
def test_workers_of_a_machine_share_its_cards(
    plan: RunPlan, sandboxes: list[Any], monkeypatch: pytest.MonkeyPatch, name: str, index: int
) -> None:
    """Each takes one, by its number on the machine, and says which."""
    cards = (replace(CARD, uuid="GPU-0"), replace(CARD, uuid="GPU-1", index=1))
    monkeypatch.setattr(module, "place_for", lambda device, limits, trust: SimpleNamespace(cards=cards))
    told = lived(replace(plan, device="cuda"), ready, name)
    assert told["card"] == f"{index} GPU-{index}"
    assert sandboxes[1].card == cards[index]
