"""What the scheduler says of its workers, and what a person is told of those that cannot work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SILENCE = 30.0  # seconds until a worker that says nothing of the run is named
SILENT = "it has not answered: is this version of d2l-grader installed there? pip install 'd2l-grader[cluster]'"
MOST_TEXT = 500
STATES = ("ready", "starting", "short", "refused", "silent")


@dataclass(frozen=True)
class WorkerState:
    """A worker as the head sees it. state: of `STATES`; why: it is not ready, in words."""

    name: str
    address: str
    state: str
    why: str = ""
    layers: tuple[str, ...] = ()
    card: str = ""

    @property
    def said(self) -> str:
        """What it is called to people."""
        return f"{self.name} ({self.address})" if self.name != self.address else self.name


def worker_states(workers: Mapping[str, Mapping[str, Any]], run: str, seen: Mapping[str, float]) -> list[WorkerState]:
    """Each of the workers in a scheduler's identity. seen: address -> seconds for which it has been there."""
    return [_state(address, about, run, seen.get(address, 0.0)) for address, about in workers.items()]


def _state(address: str, about: Mapping[str, Any], run: str, seconds: float) -> WorkerState:
    name, told = _text(about.get("name", address)), (about.get("metrics") or {}).get(run)
    if not isinstance(told, Mapping):
        is_silent = seconds > SILENCE
        return WorkerState(name, address, "silent" if is_silent else "starting", SILENT if is_silent else "")
    announced = (about.get("resources") or {}).get(run)
    state, why = _text(told.get("state")), _text(told.get("why"))
    if state == "ready" and not announced:
        state = "starting"
    layers = tuple(map(_text, told.get("layers") or ()))
    name = called(name, _text(told.get("host")))
    return WorkerState(name, address, state if state in STATES else "silent", why, layers, _text(told.get("card")))


def called(name: object, host: str) -> str:
    """What a worker is called to people: by the name that Dask knows, and its machine where that is not in it."""
    return str(name) if host in str(name) else f"{name} on {host}"


def _text(value: object) -> str:
    return str(value)[:MOST_TEXT]


class OddResults:
    """What is told of workers that send no results: of each machine the first, the tenth and the hundredth time.

    A nanny starts a worker that was sent away again, under another port.
    """

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def noted(self, worker: str, why: str) -> str:
        """The sentence about one more such result, or "". worker: its address, "" where nobody knows it."""
        machine = worker.rpartition(":")[0]
        self._times[machine] += 1
        times = self._times[machine]
        if str(times).strip("0") != "1":
            return ""
        done = f"The worker at {worker} was sent away: it" if worker else "A worker"
        so_far = f"; {times:,} such results from there so far" if times > 1 else ""
        return f"{done} sent what is no result ({why}{so_far})."


def to_plain(states: Sequence[WorkerState]) -> list[dict[str, Any]]:
    return [asdict(each) for each in states]


def from_plain(plain: Sequence[Mapping[str, Any]]) -> list[WorkerState]:
    """The states that another process tells of. Raises `ValueError`, `TypeError` or `LookupError` on anything else."""
    return [
        WorkerState(
            _text(each["name"]),
            _text(each["address"]),
            _text(each["state"]),
            _text(each["why"]),
            tuple(map(_text, each["layers"])),
            _text(each["card"]),
        )
        for each in plain
    ]


def why_nobody(states: Sequence[WorkerState], of_this_machine: int = 0) -> str:
    """Why no submission is being graded: which workers are there, and what each of them lacks.

    of_this_machine: workers that we start ourselves.
    """
    if not states and of_this_machine:
        return f"The workers of this machine are being started ({of_this_machine})"
    if not states:
        return "No worker has come yet. Start one: d2l-grade worker SCHEDULER"
    lacking = [f"{each.said}: {each.why}" for each in states if each.why]
    starting = sum(not each.why for each in states)
    begun = [f"{starting} of {len(states)} workers are starting their sandbox"] if starting else []
    return "No worker is ready. " + "; ".join((*lacking, *begun))
