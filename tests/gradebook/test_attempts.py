"""Attempts: what several runs over the same class have seen of the way to a solution."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, inspect, select, update

from grader.gradebook import book as book_module
from grader.gradebook.book import Gradebook
from grader.gradebook.opening import open_gradebook
from grader.gradebook.tables import Attempted, Run
from grader.model.result import Attempts, ExerciseResult, Verdict
from grader.report.statistics import figures
from tests.helpers.gradebooks import FACTS
from tests.helpers.html import text
from tests.helpers.results import exercise, submission
from tests.helpers.tiny_class import HALF_DONE, RIGHT, SQUARED, hand_in, rows, run

MADE = "SELECT student, number, count(*), sum(passed) FROM attempts JOIN submissions s ON s.id = submission_id"
MADE += " GROUP BY student, number ORDER BY student, number"
ONE = ("--jobs", "1")
WRONG, MISSING, OURS = Verdict.WRONG, Verdict.MISSING, Verdict.NOT_GRADED
IDS = {"softmax.softmax": "a", "sgd.sgd_": "b"}
START = datetime(2026, 3, 1)


def test_a_term_of_attempts(course: Path, tmp_path: Path) -> None:
    """Only a changed file is an attempt: not a second run, not a regrade, not what was withdrawn and is back.

    Of one run nothing is told; of several, the table, results.json and the report tell the same.
    """
    students, out = tmp_path / "class", tmp_path / "out"
    hand_in(students, "ada", SQUARED)
    hand_in(students, "bob", RIGHT)
    run(students, out, course, *ONE)
    run(students, out, course, *ONE)
    once = [("ada", 1, 3, 2), ("bob", 1, 3, 3)]
    assert rows(out, MADE) == once
    assert told(out, "ada") == [None, None, None]
    assert "Attempts until solved" not in text((out / "report.html").read_text(encoding="utf-8"))

    shutil.rmtree(students / "bob")
    hand_in(students, "ada", HALF_DONE)
    run(students, out, course, *ONE)
    hand_in(students, "bob", RIGHT)
    run(students, out, course, *ONE, "--regrade")
    twice = [once[0], ("ada", 2, 3, 2), once[1]]
    assert rows(out, MADE) == twice
    assert [each and (each["count"], each["solved"]) for each in told(out, "ada")] == [(2, 2), (2, 1), (2, 1)]
    assert [each and (each["count"], each["solved"]) for each in told(out, "bob")] == [(1, 1)] * 3
    started = "SELECT julianday(b.started) - julianday(a.started) FROM runs a, runs b WHERE a.id = 1 AND b.id = 3"
    assert told(out, "ada")[0]["seconds"] == pytest.approx(86400 * rows(out, started)[0][0], abs=0.01)
    report = text((out / "report.html").read_text(encoding="utf-8"))
    assert re.search(r"Attempts until solved .* double 1\.5 [\d.]+ s 2 quadruple 1 – 2 halve 1 – 2 ", report)


def told(out: Path, student: str) -> list[dict[str, float]]:
    """The attempts of a student, as results.json has them."""
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    [found] = [each for each in document["submissions"] if each["student"] == student]
    return [each["attempts"] for each in found["exercises"]]


@contextmanager
def connected(place: str) -> Iterator[Connection]:
    """A connection beside the grader's."""
    engine = create_engine(place if "://" in place else f"sqlite:///{place}", poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def kept(
    book: Gradebook, place: str, days: float, *results: ExerciseResult, partial: bool = False, **tried: str
) -> None:
    """A run some days after the start, in which Ada has handed in these sources."""
    run = book.begin(replace(FACTS, graded_by=IDS), ["ada"])
    with connected(place) as connection:
        connection.execute(update(Run).where(Run.id == run).values(started=START + timedelta(days=days)))
    book.keep(run, submission("ada", *results), str(tried), IDS, partial, tried)


def known(book: Gradebook, id: str) -> Attempts | None:
    [ada] = book.results().submissions
    return next(each.attempts for each in ada.exercises if each.id == id)


def softmax(verdict: Verdict = Verdict.PASSED) -> ExerciseResult:
    return exercise("softmax.softmax", verdict)


def sgd(verdict: Verdict = Verdict.PASSED) -> ExerciseResult:
    return exercise("sgd.sgd_", verdict)


def test_an_attempt_is_at_the_topic_that_changed(place: str) -> None:
    """What stays as it was is not tried again, what is not written is not tried, and going back to the first idea is
    a third attempt. Time goes from the first attempt to the one that solved it, not to the last."""
    with open_gradebook(place) as book:
        kept(book, place, 0, softmax(WRONG), sgd(MISSING), softmax="1", sgd="1")
        kept(book, place, 1, softmax(WRONG), sgd(), softmax="1", sgd="2")
        assert known(book, "softmax.softmax") is None, "nobody has tried anything twice"
        kept(book, place, 2, softmax(WRONG), sgd(), softmax="2", sgd="2")
        kept(book, place, 4.5, softmax(), sgd(), softmax="1", sgd="2")
        kept(book, place, 9, softmax(WRONG), sgd(), softmax="3", sgd="2")
        assert known(book, "softmax.softmax") == Attempts(4, 3, 4.5 * 86400)
        assert known(book, "sgd.sgd_") == Attempts(1, 1, 0.0)
        [rate, other] = figures(book.results()).attempts
    assert (rate.id, rate.solved, rate.unsolved, rate.seconds) == ("softmax.softmax", {3: 1}, 0, 4.5 * 86400)
    assert (other.id, other.solved, other.seconds) == ("sgd.sgd_", {1: 1}, None)


def test_asking_again_renews_the_last_attempt(place: str) -> None:
    """A corrected page changes what became of the last source, at the time at which that was seen; the sources before
    it are gone, and keep what they got."""
    with open_gradebook(place) as book:
        kept(book, place, 0, softmax(WRONG), softmax="1")
        kept(book, place, 1, softmax(WRONG), softmax="2")
        assert known(book, "softmax.softmax") == Attempts(2)
        kept(book, place, 8, replace(softmax(), points=3.0, max_points=3.0), partial=True, softmax="2")
        assert known(book, "softmax.softmax") == Attempts(2, 2, 86400.0)
        with connected(place) as connection:
            found = select(Attempted.number, Attempted.points, Attempted.passed, Attempted.run_id)
            assert [tuple(row) for row in connection.execute(found.order_by(Attempted.number))] == [
                (1, 0.0, False, 1), (2, 3.0, True, 2),
            ]  # fmt: skip


def test_a_fault_of_ours_is_no_attempt(place: str) -> None:
    """Neither of a whole submission nor of an exercise; tried again, the same source is the same attempt, and takes
    nothing from what was solved. What we could not judge at first is seen when we could."""
    fault = submission("ada", status="not_graded", reason="the grader's own process died twice (our fault)")
    with open_gradebook(place) as book:
        kept(book, place, 0, softmax(WRONG), sgd(OURS), softmax="1", sgd="1")
        book.keep(book.begin(replace(FACTS, graded_by=IDS), ["ada"]), fault, None, IDS)
        kept(book, place, 1, softmax(WRONG), sgd(WRONG), softmax="1", sgd="1")
        kept(book, place, 2, softmax(), sgd(OURS), softmax="2", sgd="1")
        kept(book, place, 3, softmax(OURS), sgd(), softmax="2", sgd="2")
        assert known(book, "softmax.softmax") == Attempts(2, 2, 2 * 86400.0)
        assert known(book, "sgd.sgd_") == Attempts(2, 2, 2 * 86400.0)


def test_nothing_is_written_where_nothing_changed(place: str) -> None:
    """The same once more is no row more."""
    with open_gradebook(place) as book:
        for days in range(3):
            kept(book, place, days, softmax(), sgd(WRONG), softmax="1", sgd="1")
        with connected(place) as connection:
            assert sorted(connection.scalars(select(Attempted.number))) == [1, 1]


def test_a_result_and_its_attempts_are_kept_together(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever kills the grader between the two finds neither, so that the submission is graded again."""

    def killed(*_: object, **named: object) -> None:
        raise KeyboardInterrupt

    with open_gradebook(place) as book:
        monkeypatch.setattr(book_module, "note_attempts", killed)
        with pytest.raises(KeyboardInterrupt):
            kept(book, place, 0, softmax(), softmax="1")
        assert book.known("ada").digest is None


def test_an_older_gradebook_gets_the_table_when_it_is_written(place: str) -> None:
    """What was graded before is kept, and attempts count from then on."""
    with open_gradebook(place) as book:
        kept(book, place, 0, softmax(WRONG), softmax="1")
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    Attempted.__table__.drop(engine)  # type: ignore[attr-defined]
    with open_gradebook(place) as book:
        assert known(book, "softmax.softmax") is None
        assert inspect(engine).has_table("attempts")
        kept(book, place, 1, softmax(WRONG), softmax="2")
        kept(book, place, 2, softmax(), softmax="3")
        assert known(book, "softmax.softmax") == Attempts(2, 2, 86400.0)
    engine.dispose()
