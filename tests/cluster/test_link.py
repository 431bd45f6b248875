"""The link to a scheduler: lost when nobody answers, and also when another scheduler answers at the same address."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from grader.cluster import link
from grader.cluster.link import send_away, states_of, status_of, within
from grader.model.errors import UsageError

RUN = "d2l-grader-1"


def client(answers: Callable[[str], Any], status: str = "running") -> Any:
    """A client of a scheduler that gives these answers, or raises them."""

    def ask(what: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def answered(**_: Any) -> Any:
            answer = answers(what)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return answered

    names = ("identity", "versions", "who_has", "get_task_status")
    return SimpleNamespace(scheduler=SimpleNamespace(**{name: ask(name) for name in names}), status=status)


def looks(answers: list[Any], status: str = "running") -> list[int]:
    """How many workers each look has seen, until the link is lost."""
    seen: list[int] = []

    async def look() -> None:
        async for states in states_of(client(lambda what: answers.pop(0), status), "Scheduler-1", RUN):
            seen.append(len(states))

    with pytest.raises(OSError, match=r"closed|started anew"):
        asyncio.run(asyncio.wait_for(look(), 20))
    return seen


def identity(name: str, workers: int) -> dict[str, Any]:
    return {"id": name, "workers": {f"tls://x:{number}": {"name": str(number)} for number in range(workers)}}


def test_a_scheduler_that_was_started_anew_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask connects to it again by itself, and in silence; but it knows neither the run nor what was in flight."""
    monkeypatch.setattr(link, "LOOKS_AT_FIRST", 0)
    assert looks([identity("Scheduler-1", 2), identity("Scheduler-1", 3), identity("Scheduler-2", 0)]) == [2, 3]
    assert looks([identity("Scheduler-1", 2), OSError("closed")]) == [2]
    assert looks([identity("Scheduler-1", 2)], status="connecting") == []


def test_nobody_waits_for_what_does_not_end() -> None:
    """Also where it does not let itself be cancelled, as some of Dask's coroutines do not."""

    async def stubborn(over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    async def waited() -> float:
        over, started = asyncio.Event(), time.monotonic()
        with pytest.raises(TimeoutError):
            await within(0.05, stubborn(over))
        over.set()
        return time.monotonic() - started

    assert asyncio.run(waited()) < 20


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (
            {"d2l-grader": None},
            r"The scheduler has no d2l-grader\. Install it there: pip install 'd2l-grader\[cluster\]==2\.0'",
        ),
        ({"d2l-grader": "1.9"}, r"The scheduler has d2l-grader 1\.9, and here it is 2\.0"),
        ({"distributed": "2024.1"}, r"The scheduler has distributed 2024\.1, and here it is 2\.0"),
    ],
)
def test_a_scheduler_of_another_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, theirs: dict[str, Any], says: str
) -> None:
    """With both numbers: it must be able to read our tasks."""
    monkeypatch.setattr(link, "version", lambda name: "2.0")
    same = {"d2l-grader": "2.0", "distributed": "2.0"}
    asyncio.run(link._check_versions(client(lambda what: {"packages": same})))
    with pytest.raises(UsageError, match=says):
        asyncio.run(link._check_versions(client(lambda what: {"packages": same | theirs})))


def test_what_dask_does_not_know_is_no_error() -> None:
    """A task that was forgotten, a scheduler that does not answer, a result that nobody holds."""
    assert asyncio.run(status_of(client(lambda what: {"key": None}), "key")) is None
    assert asyncio.run(status_of(client(lambda what: OSError("closed")), "key")) == ""
    assert asyncio.run(send_away(client(lambda what: {"key": ()}), "key")) == ""
    assert asyncio.run(send_away(client(lambda what: OSError("closed")), "key")) == ""
