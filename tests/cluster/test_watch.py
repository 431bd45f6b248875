"""What a person is told of workers that cannot work: which, and what each lacks."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cluster.watch import SILENCE, OddResults, WorkerState, from_plain, to_plain, why_nobody, worker_states

RUN = "d2l-grader-1"


def about(name: str, state: str = "ready", announced: float | None = 1.0, **told: Any) -> dict[str, Any]:
    said = {"state": state, "why": "", "host": "lab-3", "layers": ["seccomp"], "card": "", **told}
    return {
        "name": name,
        "metrics": {RUN: said, "cpu": 3.0},
        "resources": {} if announced is None else {RUN: announced},
    }


@pytest.mark.parametrize(
    ("said", "seconds", "state", "why"),
    [
        (about("lab-3-0"), 0.0, "ready", ""),
        (about("lab-3-0", announced=None), 0.0, "starting", ""),
        (about("lab-3-0", announced=0.0), 0.0, "starting", ""),
        (
            about("lab-3-0", "refused", why="it has other versions: torch 2.4 there and 2.13 here"),
            0.0,
            "refused",
            "torch 2.4",
        ),
        ({"name": "lab-3-0", "metrics": {}}, SILENCE - 1, "starting", ""),
        ({"name": "lab-3-0", "metrics": {}}, SILENCE + 1, "silent", "pip install 'd2l-grader[cluster]'"),
        ({"name": "lab-3-0", "metrics": {RUN: "ready"}, "resources": {RUN: 1}}, SILENCE + 1, "silent", "not answered"),
        (about("lab-3-0", "perfect"), 0.0, "silent", ""),
    ],
)
def test_a_worker_is_ready_when_it_says_so_and_has_announced_it(
    said: dict[str, Any], seconds: float, state: str, why: str
) -> None:
    """A worker without a sandbox has the plugin as well; one that says nothing is named after a while."""
    [seen] = worker_states({"tls://10.0.0.3:1": said}, RUN, {"tls://10.0.0.3:1": seconds})
    assert seen.state == state
    assert why in seen.why


def test_each_that_lacks_something_is_named() -> None:
    """Nobody waits in silence; and where none has come, it is said how one does."""
    lacking = WorkerState(
        "lab-1", "tls://10.0.0.1:1", "refused", "it has other versions: torch 2.4 there and 2.13 here"
    )
    starting = WorkerState("lab-2", "tls://10.0.0.2:1", "starting")
    said = why_nobody([lacking, starting])
    assert "lab-1 (tls://10.0.0.1:1): it has other versions: torch 2.4 there and 2.13 here" in said
    assert "1 of 2 workers are starting" in said
    assert "d2l-grade worker SCHEDULER" in why_nobody([])
    assert why_nobody([], of_this_machine=2) == "The workers of this machine are being started (2)"


def test_states_cross_between_processes() -> None:
    """As plain data, of which only text is believed."""
    states = worker_states({"tls://x:1": about("0"), "tls://x:2": about("lab-3", "short", why="memory")}, RUN, {})
    assert from_plain(to_plain(states)) == states
    assert states[0].name == "0 on lab-3"
    assert states[1].name == "lab-3"
    for odd in ([3], [{}], 3):
        with pytest.raises((ValueError, TypeError, LookupError)):
            from_plain(odd)  # type: ignore[arg-type]


def test_a_worker_that_comes_back_odd_is_not_told_of_each_time() -> None:
    """The first, the tenth and the hundredth odd result from a machine are told, whatever its port is by then; another
    machine's count is its own."""
    odd = OddResults()
    said = [odd.noted(f"tls://10.0.0.1:{40_000 + number}", "more points than there are") for number in range(100)]
    assert [number for number, text in enumerate(said, 1) if text] == [1, 10, 100]
    first = "The worker at tls://10.0.0.1:40000 was sent away: it sent what is no result (more points than there are)."
    assert said[0] == first
    assert said[9].endswith("(more points than there are; 10 such results from there so far).")
    assert odd.noted("tls://10.0.0.2:1", "no bytes").startswith("The worker at tls://10.0.0.2:1 was sent away")
    assert odd.noted("", "no bytes") == "A worker sent what is no result (no bytes)."
