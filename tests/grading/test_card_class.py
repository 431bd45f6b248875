"""A class on two cards that are played by files: processes share them, and nobody notices who was hostile beside them.

What is asked is asked on the CPU, so answers are the same as everywhere; the walls, the guard, the seats and the asking
again are those of real cards.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading import pool
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Task
from grader.intake.layout import intake
from grader.model.limits import Limits
from grader.model.result import SubmissionResult, Verdict
from grader.sandbox.gpu.cards import Card
from tests.helpers.course import course
from tests.helpers.mixed_class import HONEST, PAIRS, TOPIC, entry
from tests.helpers.played_cards import CARD, work
from tests.helpers.processes import linux

pytestmark = linux
LIMITS = Limits(question_seconds=60.0, memory_mb=256)
CARDS = (replace(CARD, uuid="GPU-test-0"), replace(CARD, uuid="GPU-test-1", index=1))
HOSTILE = {
    "hog": "def double(x):\n    import time\n    kept = bytearray(1 << 29)\n    kept[::4096] = b'x' * (1 << 17)\n    time.sleep(999)\n",
    "liar": "def double(x):\n    raise RuntimeError('CUDA out of memory. Tried to allocate 9 GB')\n",
    "breaker": "def double(x):\n    raise RuntimeError('CUDA error: device-side assert triggered')\n",
    "threads": "def double(x):\n    import threading, time\n    end = threading.Event()\n"
    "    for _ in range(300): threading.Thread(target=end.wait, daemon=True).start()\n    time.sleep(999)\n",
}


def graded(folder: Path, key: Path, cards: tuple[Card, ...]) -> dict[str, SubmissionResult]:
    """The class's results, by the student."""
    done = grade(GradingPlan(key, LIMITS, jobs=3, cards=cards), map(Task, intake(folder).handed_in))
    return {each.student: each.result for each in done if each.result is not None}


@pytest.mark.soak
def test_a_class_on_cards(tmp_path: Path, class_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Honest students get what they get without cards; each hostile one gets the verdict that is due, and no mark."""
    functions = course().topic(TOPIC).functions
    for number, path in enumerate(HONEST):
        (tmp_path / f"student {number}").mkdir()
        (tmp_path / f"student {number}" / path.name).write_bytes(path.read_bytes())
    without = graded(tmp_path, class_key, ())
    for name, source in HOSTILE.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{TOPIC}.py").write_text(source + "".join(map(PAIRS.format, functions)))
    monkeypatch.setattr(pool, "_work", work)
    on_cards = graded(tmp_path, class_key, CARDS)
    assert {name: entry(on_cards[name]) for name in without} == {name: entry(each) for name, each in without.items()}
    verdicts = {name: {each.verdict for each in on_cards[name].exercises} for name in HOSTILE}
    assert verdicts == {
        "hog": {Verdict.OUT_OF_MEMORY}, "liar": {Verdict.OUT_OF_MEMORY}, "breaker": {Verdict.RAISED}, "threads": {Verdict.DIED},
    }  # fmt: skip
    assert all(on_cards[name].points == 0 for name in HOSTILE)
