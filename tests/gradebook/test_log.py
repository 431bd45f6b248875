"""The log: what grading and people write into it, in one order, and that marks come from it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, update

from grader.gradebook import book as book_module
from grader.gradebook.class_marks import ClassMarks
from grader.gradebook.log import NewEvent
from grader.gradebook.opening import open_beside, open_gradebook
from grader.gradebook.reading import read_gradebook
from grader.gradebook.tables import SCHEMA, WITHOUT_LOG, About, LogEntry, LogHead, StoredResult
from grader.marks.events import Adjusted, Commented, Event, Excused, Received, Undone, WorkGraded
from grader.marks.history import history
from grader.marks.lateness import HandInTime
from grader.model.errors import UsageError
from grader.report.marks import mark, total
from tests.helpers.gradebooks import FACTS, GRADED_BY, graded, logsumexp
from tests.helpers.results import demo, exercise, submission
from tests.helpers.writers import started

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def kinds(events: list[Event]) -> list[str]:
    return [type(event.body).__name__ for event in events]


def test_grading_is_written_down(place: str) -> None:
    """A run, what was received, what came of it; who vanishes and comes back; who was absent received nothing."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise()), submission("eve", status="absent", reason="nothing"))
        book.begin(FACTS, ["eve"])
        book.begin(FACTS, ["ada", "eve"])
        events = book.log.all()
        assert kinds(book.log.all("ada")) == ["Received", "WorkGraded", "Withdrawn", "Withdrawn"]
        assert kinds(book.log.all("eve")) == ["WorkGraded"]
    assert kinds(events) == [
        "RunBegun",
        "Received",
        "WorkGraded",
        "WorkGraded",
        "RunBegun",
        "Withdrawn",
        "RunBegun",
        "Withdrawn",
    ]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert all(event.actor for event in events)


def test_marks_from_the_log_are_those_of_the_tables(place: str) -> None:
    """Of a class with all that can happen to it: percent and points, to the last digit that is written."""
    everyone = demo(40, 3)
    ids = {each.id: "x" for one in everyone.submissions for each in one.exercises}
    with open_gradebook(place) as book:
        graded(book, *everyone.submissions, facts=replace(FACTS, graded_by=ids))
        marks = ClassMarks.of(book.log).marks(book.names())
        for one in book.results().submissions:
            found = marks[one.student]
            if mark(one) is None:
                assert found.points is None and found.open
            else:
                assert float(found.points or 0) == total(one)
                assert float(found.most) == one.max_points


def test_what_many_got_alike_is_kept_once(place: str) -> None:
    """However long each of them took; and what the log names is there."""
    everyone = [submission(f"s{n}", exercise(seconds=n / 7), logsumexp(2.0 * (n % 2))) for n in range(30)]
    with open_gradebook(place) as book:
        graded(book, *everyone)
        graded(book, *everyone)
        events = [event.body for event in book.log.all() if isinstance(event.body, WorkGraded)]
        digests = {earned.result for body in events for earned in body.exercises.values()}
        assert len(digests) == 3
        assert all(book.log.result(digest) for digest in digests)
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        assert set(connection.scalars(select(StoredResult.digest))) == digests
    engine.dispose()


def test_a_result_and_its_event_are_kept_together(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever kills the grader between the two finds neither."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with open_gradebook(place) as book:
        monkeypatch.setattr(book_module, "log_result", killed)
        with pytest.raises(KeyboardInterrupt):
            graded(book, submission("ada", exercise()))
        assert book.names() == [] and kinds(book.log.all()) == ["RunBegun"]


def test_a_time_is_learnt_and_not_forgotten(place: str) -> None:
    """It is news where it says more or something else; a run that does not say it again takes nothing back."""
    told = HandInTime(NOON, None, "--times")
    ada = submission("ada", exercise())
    with open_gradebook(place) as book:
        run = book.begin(FACTS, ["ada"])
        book.keep(run, ada, "1", GRADED_BY, time=HandInTime(late=True, source="canvas"), tried={"softmax": "x"})
        book.learn("ada", Received("1", told))
        book.learn("ada", Received("1", told))
        book.learn("ada", Received("1"))
        book.keep(run, ada, "1", GRADED_BY)
        assert book.log.received() == {"ada": Received("1", told, {"softmax": "x"})}
        assert kinds(book.log.all("ada")) == ["Received", "WorkGraded", "Received", "WorkGraded"]
        book.keep(run, ada, "2", GRADED_BY)
        assert book.log.received()["ada"].time == HandInTime(), "other work came at a time that nobody has told"


def test_any_day_can_be_made_again(place: str) -> None:
    """The marks of a moment are those of the events until then, whatever was written afterwards."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp(1.0)))
        days = [datetime.now(UTC)]
        said = (Adjusted("softmax.softmax", "0.5", automatic="2"), Excused("softmax.logsumexp"), Undone(4))
        for body in said:
            book.log.append(NewEvent("ada", body, "why", "prof"))
            days.append(datetime.now(UTC))
        found = [ClassMarks.of(book.log, until=day).marks(["ada"])["ada"] for day in days]
        assert [(str(each.points), str(each.most)) for each in found] == [
            ("3.0000", "4.0000"), ("1.5000", "4.0000"), ("0.5000", "2.0000"), ("2.0000", "2.0000"),
        ]  # fmt: skip
        assert ClassMarks.of(book.log, until=days[0] - timedelta(days=1)).marks(["ada"])["ada"].points is None


def test_results_carry_marks_as_soon_as_something_makes_them(place: str) -> None:
    """Without a policy and without anybody's word the points are the mark, as they always were."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp(1.0)))
        [ada] = book.results().submissions
        assert ada.mark is None
    with open_beside(place) as book:
        book.log.append(NewEvent("ada", Adjusted(None, "3.5"), "why"))
    with read_gradebook(place) as book:
        [ada] = book.results().submissions
        assert ada.mark and ada.mark.points == Decimal("3.5")


def without_log(place: str) -> None:
    """Makes a gradebook what an earlier version has left."""
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    for table in (LogEntry, LogHead, StoredResult):
        table.__table__.drop(engine)  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(update(About).values(schema=WITHOUT_LOG))
    engine.dispose()


def test_a_gradebook_without_a_log_migrates(place: str) -> None:
    """It is read as it is; written into, it has the same marks, attempts, and who is gone; what was handed in last is
    known, so that the next run makes no attempt of it."""
    first, last = logsumexp(0.5), logsumexp(1.5)
    with open_gradebook(place) as book:
        run = book.begin(FACTS, ["ada", "bob", "eve"])
        book.keep(run, submission("ada", exercise(), first), "1", GRADED_BY, tried={"softmax": "1"})
        book.keep(run, submission("bob", exercise()), "1", GRADED_BY, tried={"softmax": "1"})
        run = book.begin(FACTS, ["ada", "eve"])
        book.keep(run, submission("ada", exercise(), last), "2", GRADED_BY, tried={"softmax": "2"})
        book.keep(run, submission("eve", status="absent", reason="nothing"), "0", GRADED_BY)
        before = ClassMarks.of(book.log).marks(book.names())
        kept = list(book.results().submissions)
    without_log(place)
    with read_gradebook(place) as book:
        assert list(book.results().submissions) == [replace(each, digests={}) for each in kept]
        assert not book.log.exists
    with open_beside(place) as book:
        after = ClassMarks.of(book.log).marks(book.names())
        assert {name: (each.points, each.most, each.open) for name, each in after.items()} == {
            name: (each.points, each.most, each.open) for name, each in before.items()
        }
        attempts = history(book.log.all("ada")).attempts
        assert [each.exercises["softmax.logsumexp"].points for each in attempts] == [0.5, 1.5]
        assert book.log.received()["ada"] == Received("2", files={"softmax": "2"})
        assert list(book.results().submissions) == kept
    with open_gradebook(place) as book:
        run = book.begin(FACTS, ["ada", "bob", "eve"])
        book.keep(run, submission("ada", exercise(), last), "2", GRADED_BY)
        assert ClassMarks.of(book.log).marks(["ada"])["ada"].attempts == 2
        assert ClassMarks.of(book.log).marks(["bob"])["bob"].points == 2
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        assert connection.scalar(select(About.schema)) == SCHEMA
    engine.dispose()


def test_an_older_one_waits_for_whoever_grades_into_it(tmp_path: Path) -> None:
    """Its log is made by one process; a clear word says who is in the way."""
    place = str(tmp_path / "gradebook.db")
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise()))
    without_log(place)
    from filelock import FileLock

    with FileLock(f"{place}-lock"), pytest.raises(UsageError, match="Another d2l-grade is writing"):
        open_beside(place).__enter__()
    with open_beside(place) as book:
        assert book.log.exists


def test_a_person_is_removed_without_a_trace(place: str) -> None:
    """No table holds the name any more, nor a result that nobody else has; the others are as they were."""
    hers = exercise(points=0.123, note="Zorro's own result")
    with open_gradebook(place) as book:
        graded(book, submission("zorro", hers), submission("ada", exercise()))
        book.enrol([])
        book.log.append(NewEvent("zorro", Commented(None, "Well done, Zorro."), "why"))
        ada = book.log.all("ada")
        book.remove("zorro", "asked to be forgotten")
        assert book.names() == ["ada"] and book.log.all("ada") == ada
        assert kinds(book.log.all())[-1] == "Removed"
        book.log.append(NewEvent("ada", Commented(None, "x")))
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        for table in inspect(engine).get_table_names():
            assert "orro" not in str(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()), table
    engine.dispose()


def test_people_write_while_somebody_grades(place: str) -> None:
    """Nobody waits for the end of the run, and a second grader is still refused."""
    with open_gradebook(place) as grader:
        run = graded(grader, submission("ada", exercise()))
        with open_beside(place) as book:
            book.log.append(NewEvent("ada", Adjusted(None, "1"), "why"))
            grader.keep(run, submission("bob", exercise()), "b", GRADED_BY)
            book.log.append(NewEvent("bob", Adjusted(None, "1"), "why"))
        with pytest.raises(UsageError, match="Another d2l-grade"):
            open_gradebook(place).__enter__()
        assert [event.number for event in grader.log.all()] == list(range(1, 8))


@pytest.mark.parametrize("count", [20, pytest.param(150, marks=pytest.mark.soak)])
def test_two_people_and_a_grader_lose_nothing(place: str, count: int) -> None:
    """Operations of three processes at once (the soak: five hundred): each is in the log, in one order, and the tables
    have the last of each student."""
    with open_gradebook(place) as book:
        graded(book, *(submission(f"s{number:02}", exercise()) for number in range(20)))
    work = ("grade", count + 50, "g"), ("adjust", count, "a"), ("adjust", count, "b")
    writers = [started(place, *what) for what in work]
    said = [writer.communicate(timeout=300)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0], said
    with read_gradebook(place) as book:
        events = book.log.all()
        results = {each.student: each for each in book.results().submissions}
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    for name in "ab":
        points = [event.body.points for event in events if event.actor == name and isinstance(event.body, Adjusted)]
        assert points == [f"0.{number:04}" for number in range(count)]
    received = [event.body.digest for event in events if isinstance(event.body, Received)]
    assert received[20:] == [f"g {number}" for number in range(count + 50)]
    last = {f"s{number % 20:02}": number / (count + 50) for number in range(count + 50)}
    assert {name: result.exercises[1].points for name, result in results.items()} == last
