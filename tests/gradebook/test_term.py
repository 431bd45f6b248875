"""A term: three assignments, 120 students, free late days, extensions and points given afterwards, regrades.

The marks are those of a reference that shares no code with the grader, and any day's can be made again to the byte.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from grader.course.assignment import policy_with, read_assignment
from grader.course.course import read_course
from grader.gradebook.book import Gradebook
from grader.gradebook.class_marks import ClassMarks
from grader.gradebook.log import NewEvent
from grader.gradebook.opening import open_gradebook
from grader.gradebook.staleness import RunFacts
from grader.gradebook.term_logs import logs_of_others
from grader.marks.events import Adjusted, Extended, PolicySet
from grader.marks.lateness import HandInTime
from grader.model.result import Verdict
from grader.report.mark_table import mark_lines
from tests.helpers import term
from tests.helpers.results import exercise, submission
from tests.helpers.term import ASSIGNMENTS, DUE, EXERCISES, STUDENTS, Row, Sheet, Work, expected
from tests.helpers.tiny_class import write_course

MOST = dict(zip(EXERCISES, (1.0, 2.0, 1.0), strict=True))
GRADED_BY = dict.fromkeys(EXERCISES, "x")
FACTS = RunFacts("tiny", "T", "k", "cpu", None, (), {}, {}, GRADED_BY)


class Term:
    """The gradebooks of a term, and the sheets that an instructor would keep beside them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        course = write_course(folder / "course")
        (course / "assignments").mkdir()
        for name, text in term.FILES.items():
            (course / "assignments" / f"{name}.toml").write_text(text)
        self.rng = random.Random(23)
        self.sheet: Sheet = {name: {} for name in ASSIGNMENTS}
        self.wrong: dict[tuple[str, str, int], bool] = {}
        self.places = {name: str(folder / name / "gradebook.db") for name in ASSIGNMENTS}
        self.books: dict[str, Gradebook] = {}
        for name in ASSIGNMENTS:
            (folder / name).mkdir()
            self.books[name] = stack.enter_context(open_gradebook(self.places[name], 5))
            policy = policy_with(read_assignment(read_course(course), name), MOST)
            self.books[name].log.append(NewEvent(None, PolicySet(policy)))

    def run(self, name: str, first: bool, wrong_page: bool) -> None:
        """What has been handed in since is graded."""
        run = self.books[name].begin(FACTS, STUDENTS)
        for student, work in term.handed_in(self.rng, name, first).items():
            row = self.sheet[name].setdefault(student, Row())
            row.attempts.append(work)
            self.wrong[name, student, len(row.attempts) - 1] = wrong_page
            self._keep(name, run, student, work, wrong_page, f"{first} {student}")

    def regrade(self, name: str) -> None:
        """The page is corrected: everyone's last attempt is asked again, that exercise alone."""
        book, id = self.books[name], EXERCISES[2]
        run = book.begin(FACTS, STUDENTS)
        book.outdate([id])
        for student, row in self.sheet[name].items():
            if row.attempts:
                self.wrong[name, student, len(row.attempts) - 1] = False
                self._keep(name, run, student, row.attempts[-1], False, book.known(student).digest or "", partial=True)

    def _keep(
        self, name: str, run: int, student: str, work: Work, wrong: bool, digest: str, partial: bool = False
    ) -> None:
        points = dict(zip(EXERCISES, term.shares(work, wrong), strict=True))
        results = [
            exercise(id, Verdict.PASSED if share else Verdict.WRONG, points=share * MOST[id], max_points=MOST[id])
            for id, share in points.items()
            if not partial or id == EXERCISES[2]
        ]
        time = HandInTime(work.time, None, "--times")
        self.books[name].keep(run, submission(student, *results), digest, GRADED_BY, partial, {}, time)

    def extend(self, name: str, student: str, until: datetime) -> None:
        self.sheet[name].setdefault(student, Row()).until = until
        self.books[name].log.append(NewEvent(student, Extended(until), "ill"))

    def adjust(self, name: str, student: str, id: str, points: Decimal, relative: bool) -> None:
        row = self.sheet[name].setdefault(student, Row())
        if relative:
            row.added[id] = row.added.get(id, Decimal(0)) + points
        else:
            row.points[id] = points
            row.added.pop(id, None)
        self.books[name].log.append(NewEvent(student, Adjusted(id or None, str(points), relative), "why"))

    @contextmanager
    def _marks(self, name: str, until: datetime | None = None) -> Iterator[ClassMarks]:
        with logs_of_others(self.places[name], self.books[name].policy) as others:
            yield ClassMarks.of(self.books[name].log, others.values(), until)

    def table(self, until: datetime | None = None) -> dict[str, str]:
        """The marks of all assignments as CSV: of now, or of that moment."""
        found = {}
        for name in ASSIGNMENTS:
            with self._marks(name, until) as marks:
                found[name] = "".join(mark_lines(marks.marks, self.books[name].log.students(until)))
        return found

    def check(self) -> int:
        """Every mark is the reference's; how many there are."""
        reference = expected(self.sheet, self.wrong)
        count = 0
        for name in ASSIGNMENTS:
            with self._marks(name) as class_marks:
                for student, mark in class_marks.marks(STUDENTS).items():
                    assert mark.points == reference[name, student], (name, student, mark)
                    count += mark.points is not None
        return count


def test_a_term_is_what_a_spreadsheet_says(tmp_path: Path) -> None:
    """Runs, corrected pages, ten extensions granted afterwards, fifteen adjustments. In the end every evening of it is
    made again."""
    days: list[tuple[datetime, dict[str, str]]] = []
    with ExitStack() as stack:
        played = Term(tmp_path, stack)

        def evening() -> None:
            days.append((datetime.now(UTC), played.table()))

        for name in ASSIGNMENTS:
            played.run(name, first=True, wrong_page=name != "hw2")
            evening()
            played.run(name, first=False, wrong_page=name != "hw2")
            evening()
            if name != "hw2":
                played.regrade(name)
                evening()
        played.check()
        for _ in range(10):
            name, student = played.rng.choice(ASSIGNMENTS), played.rng.choice(STUDENTS)
            played.extend(name, student, DUE[name] + played.rng.choice((1, 2, 5)) * term.timedelta(hours=23))
        evening()
        for number in range(15):
            name, student = played.rng.choice(ASSIGNMENTS), played.rng.choice(STUDENTS[:60])
            id = played.rng.choice((*EXERCISES, ""))
            played.adjust(name, student, id, Decimal(played.rng.randrange(1, 9)) / 4, relative=number % 3 == 0)
        evening()
        assert played.check() > 300
        tables = [table for _, table in days]
        assert all(one != other for one, other in pairwise(tables)), "every step changes something"
        for moment, table in days:
            assert played.table(moment) == table
