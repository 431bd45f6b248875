"""What crosses between head and workers comes out as it went in, and what is no result is refused before it is used."""

from __future__ import annotations

import json
import math
import pickle
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.cluster.payload import (
    MAX_RESULT,
    Carried,
    OddResultError,
    Refusal,
    packed_result,
    packed_task,
    unpacked_result,
    unpacked_task,
)
from grader.grading.task import Graded, Task, Timestamps, our_fault
from grader.intake.carried import CarriedFile
from grader.intake.handed_in import HandedIn, Part
from grader.model.answer_window import AnswerWindow
from grader.model.fact import Fact
from grader.model.result import SubmissionResult, Verdict
from tests.helpers.facts import FACTS
from tests.helpers.results import check, exercise

IDS = ("softmax.softmax", "softmax.logsumexp")
TASK = Task(
    HandedIn("ada", (Part("/x"),), notes=("is late",), mapped=(("softmax", "a b.py"),)), "digest", frozenset(IDS[:1])
)  # type: ignore[arg-type]
RESULT = SubmissionResult(
    "ada", "graded",
    (exercise(IDS[0], Verdict.WRONG, checks=(check("one"), check("two", Verdict.WRONG)), points=0.5), exercise(IDS[1])),
    "read from 中文.py", 1.25,
)  # fmt: skip
GRADED = Graded("ada", "other", RESULT, tried={"softmax": "abc"}, times=Timestamps(None, 1.0, 2.0, 3.5), worker="lab-3")


def test_a_task_arrives_without_the_student() -> None:
    """Files byte for byte, what is wrong with them, notes and names; but nobody needs to know whose they are."""
    files = (
        CarriedFile("softmax.py", b"\0\xff\r\n", top=True), CarriedFile("b\udcff/c.zip", unread="is too large"),
        CarriedFile("link", refused="is a symbolic link"), CarriedFile("empty.py"),
    )  # fmt: skip
    data = packed_task(Carried(TASK, files, "cannot be read"))
    arrived = unpacked_task(data)
    assert arrived.files == files
    assert arrived.unlisted == "cannot be read"
    assert (arrived.task.digest, arrived.task.stale) == ("digest", TASK.stale)
    assert (arrived.task.handed_in.notes, arrived.task.handed_in.mapped) == (("is late",), (("softmax", "a b.py"),))
    assert b"ada" not in zlib.decompress(data)


@pytest.mark.parametrize(
    "graded",
    [
        GRADED,
        replace(GRADED, partial=True, result=replace(RESULT, exercises=RESULT.exercises[:1])),
        our_fault("ada", "a fault of d2l-grader"),
        Graded("ada", "x", SubmissionResult("ada", "absent", reason="nothing was handed in", empty=True)),
    ],
)
def test_a_result_arrives(graded: Graded) -> None:
    """All of it, with the student's name, which the head has kept."""
    data = packed_result(replace(graded, student=""))
    assert unpacked_result(data, TASK, IDS) == graded
    assert unpacked_result(packed_result(Refusal("no memory")), TASK, IDS) == Refusal("no memory")


WINDOW = AnswerWindow(
    False, (2, 2), (0, 0), ((1.0, math.inf), (2, True)), ((math.nan, -math.inf), (3, False)), ((True, True),) * 2, "row", 1
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=[f"{fact.kind} {fact.cause or fact.got or fact.hidden}" for fact in FACTS])
def test_a_wrong_answer_may_be_infinite(fact: Fact) -> None:
    """What an answer shows are numbers of any kind: no worker is sent away for a student's overflow."""
    wrong = exercise(
        IDS[0], Verdict.WRONG, checks=(check("one", Verdict.WRONG, fact=fact),), points=0.5, window=WINDOW, note=fact
    )
    graded = replace(GRADED, result=replace(RESULT, exercises=(wrong, RESULT.exercises[1])))
    assert repr(unpacked_result(packed_result(replace(graded, student="")), TASK, IDS)) == repr(graded)


def test_nothing_was_asked() -> None:
    """It may be said only of a submission whose digest is known and of which nothing is stale."""
    unchanged = Graded("ada", "digest", None)
    assert unpacked_result(packed_result(unchanged), replace(TASK, stale=frozenset()), IDS) == unchanged
    for task in (TASK, replace(TASK, digest=None, stale=frozenset()), replace(TASK, digest="x", stale=frozenset())):
        with pytest.raises(OddResultError, match="something was to be asked"):
            unpacked_result(packed_result(unchanged), task, IDS)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A result in which somebody has changed something."""
    plain = zlib.decompress(packed_result(GRADED))
    header = json.loads(plain[8:])
    change(header)
    told = json.dumps(header).encode()
    return zlib.compress(len(told).to_bytes(8, "little") + told)


def in_exercise(**fields: object) -> bytes:
    return changed(lambda header: header["result"]["exercises"][0].update(fields))


ODD: dict[str, object] = {
    "no bytes": "text",
    "a pickle": pickle.dumps(GRADED),
    "nothing": b"",
    "not deflated": b"{}",
    "cut short": packed_result(GRADED)[:-9],
    "too long": packed_result(GRADED) + b"x",
    "a bomb": zlib.compress(bytes(MAX_RESULT + 1)),
    "a list": zlib.compress((2).to_bytes(8, "little") + b"[]"),
    "a lying length": zlib.compress((1 << 60).to_bytes(8, "little") + b"{}"),
    "deep": zlib.compress((200_000).to_bytes(8, "little") + b"[" * 200_000),
    "no digest": changed(lambda header: header.pop("digest")),
    "a digest that is a number": changed(lambda header: header.update(digest=3)),
    "another status": changed(lambda header: header["result"].update(status="great")),
    "endless seconds": changed(lambda header: header["result"].update(seconds=float("inf"))),
    "one exercise less": changed(lambda header: header["result"]["exercises"].pop()),
    "one twice": changed(lambda header: header["result"]["exercises"].append(header["result"]["exercises"][0])),
    "an exercise of another course": in_exercise(id="other.one"),
    "more than all points": in_exercise(points=9.0),
    "less than none": in_exercise(points=-1.0),
    "points as text": in_exercise(points="1"),
    "true as points": in_exercise(points=True),
    "no verdict": in_exercise(verdict="fine"),
    "checks that are none": in_exercise(checks=[1]),
    "a name that is a list": in_exercise(
        checks=[{"name": ["a"], "aspect": "value", "weight": 1.0, "shown": True, "verdict": "passed"}]
    ),
    "a field that nobody knows": in_exercise(admin=True),
    "a refusal that is a number": changed(lambda header: (header.clear(), header.update(refused=1, waits=False))),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_what_is_no_result_is_refused(data: object) -> None:
    """Whatever a worker sends, its size too: it is one error of one kind."""
    with pytest.raises(OddResultError):
        unpacked_result(data, replace(TASK, stale=frozenset()), IDS)
