"""What the doctor does with each exercise: in book order, and told as soon as it is known."""

from __future__ import annotations

from pathlib import Path

from grader.cli.doctor_pool import examined
from tests.helpers.course import course


def named(folder: Path, topic: str, name: str) -> str:
    """An examination that is over at once. Functions of a module can be handed to other processes."""
    return f"{topic}.{name}"


def test_each_record_comes_before_the_next_exercise_is_examined() -> None:
    """Whoever stops a long examination has seen what was found until then."""
    seen: list[str] = []

    def examine(folder: Path, topic: str, name: str) -> str:
        seen.append(name)
        return name

    records = examined(course(), ["norms"], 1, examine)
    first = next(records)
    assert seen == [first]
    second = next(records)
    assert seen == [first, second]


def test_records_come_in_book_order_from_several_processes() -> None:
    """Whichever exercise is done first."""
    functions = course().topic("broadcasting").functions
    records = list(examined(course(), ["broadcasting"], 2, named))
    assert records == [f"broadcasting.{name}" for name in functions]
