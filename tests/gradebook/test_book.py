"""What a gradebook keeps, and what it refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update

from grader.gradebook.opening import open_gradebook
from grader.gradebook.serialization import from_record, to_record
from grader.gradebook.staleness import KnownSubmission
from grader.gradebook.tables import SCHEMA, About
from grader.model.earlier_result import told
from grader.model.errors import UsageError
from grader.model.result import Verdict
from tests.helpers.gradebooks import FACTS, GRADED_BY, graded, logsumexp
from tests.helpers.results import NAMES, demo, exercise, overflowing, submission


def test_what_is_kept_is_what_is_read(place: str) -> None:
    """Every result comes back as it was, in the order of names, as often as it is asked for; so does the run."""
    everyone = demo(24, 3)
    ids = {exercise.id: "x" for each in everyone.submissions for exercise in each.exercises}
    with open_gradebook(place, 5) as book:
        run = graded(book, *everyone.submissions, facts=replace(FACTS, graded_by=ids))
        book.finish(run, 12.5)
        found = book.results()
        expected = sorted(everyone.submissions, key=lambda each: each.student)
        assert list(found.submissions) == list(found.submissions) == expected
        assert len(found.submissions) == 24
        assert expected[3] in found.submissions
    assert (found.course, found.title, found.seconds) == ("d2l", "A course: 动手学", 12.5)
    assert (found.device, found.sandbox, found.versions) == ("cpu", ("seccomp",), {"torch": "2.13.0"})


def test_a_record_says_only_what_there_is_to_say() -> None:
    """Defaults are left out, so that a passed check is a few words; reading puts them back."""
    record = to_record(overflowing())
    assert from_record(record) == overflowing()
    assert "fact" not in record["checks"][0]
    assert record["checks"][2]["fact"]


@pytest.mark.parametrize("name", [*NAMES, "caf\udce9", "a\\u0041", "nul\0", "x" * 2000])
def test_any_name_is_a_name(place: str, name: str) -> None:
    """A folder's name need not be Unicode, and a backslash is no escape."""
    with open_gradebook(place) as book:
        odd = submission(name, replace(overflowing(), note=told(name)), reason=name)
        graded(book, odd)
        assert book.known(name).digest == name
        assert list(book.results().submissions) == [odd]


def test_the_seed_is_chosen_once(place: str) -> None:
    """It survives; another one is refused by name; two gradebooks do not share one."""
    with open_gradebook(place) as book:
        seed = book.seed
    with open_gradebook(place) as book:
        assert book.seed == seed
    with open_gradebook(place, seed) as book:
        assert book.seed == seed
    with pytest.raises(UsageError, match=r"another seed.*-o"), open_gradebook(place, seed + 1):
        pass


def test_seeds_differ(tmp_path: Path) -> None:
    """Nobody guesses the seed of a class from that of another."""
    seeds = set()
    for name in "abc":
        with open_gradebook(str(tmp_path / name)) as book:
            seeds.add(book.seed)
    assert len(seeds) == 3


def test_two_writers_are_one_too_many(place: str) -> None:
    """The second is refused in one line while the first is there, and let in afterwards."""
    with open_gradebook(place):
        for _ in range(2), range(2):
            with pytest.raises(UsageError, match="Another d2l-grade is writing into"), open_gradebook(place):
                pass
    with open_gradebook(place):
        pass


def test_a_newer_gradebook_is_refused(place: str) -> None:
    """It says which schema it has, and that the program is to be updated."""
    with open_gradebook(place):
        pass
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.execute(update(About).values(schema=SCHEMA + 1))
    engine.dispose()
    with pytest.raises(UsageError, match=rf"newer d2l-grader \(schema {SCHEMA + 1}.*Update"), open_gradebook(place):
        pass


def test_what_is_no_gradebook_is_refused(tmp_path: Path) -> None:
    """Another program's database (nbgrader's is called gradebook.db, too), a text, a folder: one line, nothing changed."""
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE assignment (id INTEGER)")
    connection.close()
    (tmp_path / "text.db").write_text("Dear diary, " * 100)
    (tmp_path / "folder").mkdir()
    before = (tmp_path / "other.db").read_bytes()
    for name, says in {
        "other.db": "holds tables of another program",
        "text.db": r"is no gradebook, or is damaged: file is not a database\. Restore it from a copy",
        "folder": "cannot be used as a gradebook",
        "text.db/gradebook.db": "cannot be written: ",
    }.items():
        with pytest.raises(UsageError, match=says) as caught, open_gradebook(str(tmp_path / name)):
            pass
        assert "\n" not in str(caught.value)
    assert (tmp_path / "other.db").read_bytes() == before


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("://", "is no URL of a database"),
        ("nosuch://here/there", "nosuch"),
        ("postgresql+pg8000000://here/there", "Install the database's driver with pip"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught, open_gradebook(url):
        pass
    assert "\n" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    """What is said of a server that does not answer does not hold the password."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install psycopg[binary]")
    url = "postgresql+psycopg://me:sesame@127.0.0.1:1/grades?connect_timeout=2"
    with pytest.raises(UsageError, match=r"127\.0\.0\.1") as caught, open_gradebook(url):
        pass
    assert "sesame" not in str(caught.value)


def test_the_file_is_private(tmp_path: Path) -> None:
    """The seed is in it: nobody but its owner reads it."""
    with open_gradebook(str(tmp_path / "gradebook.db")) as book:
        graded(book, submission("ada", exercise()))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("gradebook.db*")}
    assert {mode for name, mode in modes.items() if not name.endswith("-lock")} == {0o600}


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everything")
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"), open_gradebook(str(tmp_path / "gradebook.db")):
        pass


def test_nothing_is_stale_until_something_changes(place: str) -> None:
    """Only exercises whose digest is another are asked again; whoever was not graded has nothing to be asked."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp()), submission("eve", status="absent", reason="empty"))
        assert book.known("ada") == KnownSubmission("ada", True, GRADED_BY)
        assert book.known("ada").stale(GRADED_BY) == frozenset()
        assert book.known("ada").stale({**GRADED_BY, "softmax.logsumexp": "new"}) == {"softmax.logsumexp"}
        assert book.known("ada").stale({**GRADED_BY, "softmax.third": "c"}) == {"softmax.third"}
        assert book.known("eve").stale({**GRADED_BY, "softmax.logsumexp": "new"}) == frozenset()
        assert book.known("nobody") == KnownSubmission(None, False, {})


def test_one_exercise_is_replaced_and_the_rest_stays(place: str) -> None:
    """The result of a part takes the place of that part; totals follow."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp(0.5), seconds=3.0))
        run = book.begin(FACTS, ["ada"])
        book.keep(run, submission("ada", logsumexp(), seconds=1.0), "ada", GRADED_BY, partial=True)
        assert list(book.results().submissions) == [submission("ada", exercise(), logsumexp(), seconds=3.0)]
        [told] = book.changed()
    assert (told.student, told.before, told.after, told.max_points) == ("ada", 2.5, 4.0, 4.0)
    assert [(each.exercise, each.before, each.after) for each in told.changes] == [("softmax.logsumexp", 0.5, 2.0)]


def test_what_was_handed_in_anew_replaces_all(place: str) -> None:
    """That is no change of marks by asking again: it is another piece of work."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp(0.5)))
        graded(book, submission("ada", exercise(verdict=Verdict.WRONG)))
        assert list(book.results().submissions) == [submission("ada", exercise(verdict=Verdict.WRONG))]
        assert list(book.changed()) == []


def test_a_regrade_goes_on_where_it_was_stopped(place: str) -> None:
    """Asked for once more, it asks only those who have not been asked; the table still has all changes."""
    wanted = ["softmax.logsumexp"]
    with open_gradebook(place) as book:
        graded(book, *(submission(name, exercise(), logsumexp(0.5)) for name in ("ada", "bob")))
        run = book.begin(FACTS, ["ada", "bob"])
        book.outdate(wanted)
        assert book.known("ada").stale(GRADED_BY) == book.known("bob").stale(GRADED_BY) == set(wanted)
        book.keep(run, submission("ada", logsumexp(1.0)), "ada", GRADED_BY, partial=True)
        assert [each.student for each in book.changed()] == ["ada"]
    with open_gradebook(place) as book:
        run = book.begin(FACTS, ["ada", "bob"])
        book.outdate(wanted)
        assert book.known("ada").stale(GRADED_BY) == frozenset()
        assert book.known("bob").stale(GRADED_BY) == set(wanted)
        book.keep(run, submission("bob", logsumexp(0.25)), "bob", GRADED_BY, partial=True)
        assert [(each.student, each.before, each.after) for each in book.changed()] == [
            ("ada", 2.5, 3.0), ("bob", 2.5, 2.25),
        ]  # fmt: skip
        book.settle()
        assert list(book.changed()) == []
        book.outdate(wanted)
        assert book.known("ada").stale(GRADED_BY) == set(wanted)


def test_who_is_gone_is_shown_and_kept(place: str) -> None:
    """Absent in the reports, untouched in the gradebook; back again, nothing is asked anew."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise()), submission("bob", exercise()))
        book.begin(FACTS, ["ada"])
        _, bob = book.results().submissions
        assert (bob.student, bob.status, bob.exercises) == ("bob", "absent", ())
        assert "withdrawn" in (bob.reason or "")
        book.begin(FACTS, ["ada", "bob"])
        assert list(book.results().submissions)[1] == submission("bob", exercise())
        assert book.known("bob").stale(GRADED_BY) == {"softmax.logsumexp"}


def test_our_fault_is_tried_again_and_loses_no_mark(place: str) -> None:
    """A result without a digest is no result: it is shown, asked again, and what was known before is still there."""
    fault = submission("ada", status="not_graded", reason="the grader's own process died twice (our fault)")
    with open_gradebook(place) as book:
        run = graded(book, submission("ada", exercise(), logsumexp()))
        book.keep(run, fault, None, GRADED_BY)
        assert list(book.results().submissions) == [fault]
        assert book.known("ada").digest is None
        assert set(book.known("ada").graded_by) == set(GRADED_BY)
        ungraded = exercise(verdict=Verdict.NOT_GRADED)
        book.keep(run, submission("ada", ungraded, logsumexp()), "ada", GRADED_BY)
        assert book.known("ada").stale(GRADED_BY) == {"softmax.softmax"}


def test_a_gradebook_may_grow_by_topics_and_not_shrink(place: str) -> None:
    """A run that would drop marks from the reports is refused."""
    more = {**GRADED_BY, "dropout.dropout": "d"}
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise()), facts=replace(FACTS, graded_by=more))
        with pytest.raises(UsageError, match=r"has marks for dropout too.*--topics"):
            book.require(["softmax"])
        book.require(["softmax", "dropout", "sgd"])


def test_an_exercise_that_left_the_course_leaves_the_reports(place: str) -> None:
    """Its marks count no longer; they are still in the gradebook."""
    with open_gradebook(place) as book:
        graded(book, submission("ada", exercise(), logsumexp()))
        fewer = {"softmax.softmax": "a"}
        book.begin(replace(FACTS, graded_by=fewer), ["ada"])
        assert list(book.results().submissions) == [submission("ada", exercise())]
        assert set(book.known("ada").graded_by) == set(GRADED_BY)


def test_sql_sees_points_and_misconceptions(tmp_path: Path) -> None:
    """Whoever asks in SQL finds the numbers of the reports."""
    with open_gradebook(str(tmp_path / "gradebook.db")) as book:
        graded(book, submission("ada", overflowing(), logsumexp(0.5)))
    connection = sqlite3.connect(tmp_path / "gradebook.db")
    found = connection.execute("SELECT student, status, points, max_points, digest FROM submissions").fetchall()
    mistakes = connection.execute(
        "SELECT exercise, misconception FROM exercises WHERE misconception NOT NULL"
    ).fetchall()
    connection.close()
    assert found == [("ada", "graded", 2.0, 4.0, "ada")]
    assert mistakes == [("softmax.softmax", "overflowing")]
