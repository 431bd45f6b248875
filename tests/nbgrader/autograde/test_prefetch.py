"""Notebooks that are graded before nbgrader comes to them: the same marks, and nothing lost where a guess was wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from grader.intake.notebook import notebook_of
from grader.model.limits import Limits
from grader.nbgrader.autograde.grade_notebook import NotebookWork, Terms, graded
from grader.nbgrader.autograde.prefetch import Ahead, to_come, works
from grader.nbgrader.gradebook_plan import plan_of
from grader.nbgrader.planned_cell import NotebookPlan
from tests.helpers.nbgrader_class import POINTS, RIGHT, ROOT, TOPIC, Classroom, answered, code
from tests.helpers.processes import eventually

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader's and SQLAlchemy's own
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="nothing is graded ahead here"),
]
HALF_RIGHT = {**RIGHT, "scale": "def scale(X, factor):\n    return X + factor"}
ENDLESS = {**RIGHT, "log_sum": "def log_sum(x):\n    while True: pass"}


@pytest.fixture(scope="module")
def plan(generated: Classroom) -> NotebookPlan:
    with Gradebook(f"sqlite:///{generated.root}/gradebook.db", "small") as gradebook:
        return plan_of(gradebook, TOPIC, TOPIC)


@pytest.fixture(scope="module")
def terms(generated: Classroom) -> Terms:
    return Terms(generated.root, Limits(question_seconds=60), trust=False)


@pytest.fixture
def class_of_four(plan: NotebookPlan) -> list[NotebookWork]:
    answers = {"anna": RIGHT, "ben": HALF_RIGHT, "cleo": {"scale": "import os\nos._exit(1)"}, "dora": RIGHT}
    return [NotebookWork(name, notebook_of(["import torch", *each.values()]), plan) for name, each in answers.items()]


def said(path: Path) -> str:
    """A file of /proc's, or nothing where its process has ended."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def processes(parent: int) -> set[int]:
    """All processes below one, however deep."""
    children: dict[int, set[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := said(folder / "stat").rpartition(")")[2].split():
            children.setdefault(int(fields[1]), set()).add(int(folder.name))
    found, below = set[int](), children.get(parent, set())
    while below:
        found |= below
        below = set().union(*(children.get(each, set()) for each in below)) - found
    return found


def workers() -> set[int]:
    """The workers of this process."""
    found = processes(os.getpid())
    return {pid for pid in found if "grader.nbgrader.autograde.worker" in said(Path(f"/proc/{pid}/cmdline"))}


def test_a_worker_says_what_is_said_without_one(class_of_four: list[NotebookWork], terms: Terms) -> None:
    """Points, tables and comments are the same, whoever makes them."""
    first, *rest = class_of_four
    ahead = Ahead(terms, 1, iter(rest))
    assert [ahead.graded(work) for work in class_of_four] == [graded(work, terms) for work in class_of_four]
    assert [outcome.points for outcome in (ahead.graded(first) or graded(first, terms)).values()] == [*POINTS.values()]


def test_what_changed_after_it_was_read_is_graded_as_it_is(
    class_of_four: list[NotebookWork], terms: Terms, plan: NotebookPlan
) -> None:
    """The outcome is that of what nbgrader asks for, and those behind it are not lost."""
    first, second, third, fourth = class_of_four
    ahead = Ahead(terms, 1, iter([second, third, fourth]))
    assert ahead.graded(first) == graded(first, terms)
    changed = NotebookWork(second.student, notebook_of(["import torch", *RIGHT.values()]), plan)
    assert ahead.graded(changed) == graded(changed, terms) != graded(second, terms)
    assert ahead.graded(fourth) == graded(fourth, terms)


def test_a_worker_that_dies_costs_nothing(class_of_four: list[NotebookWork], terms: Terms, plan: NotebookPlan) -> None:
    """What it was at is left to nbgrader's own process; a new one goes on with the next."""
    endless = NotebookWork("zoe", notebook_of(["import torch", *ENDLESS.values()]), plan)
    before = workers()
    ahead = Ahead(terms, 1, iter(class_of_four))

    def kill() -> None:
        assert eventually(lambda: workers() - before)
        for pid in workers() - before:
            os.kill(pid, signal.SIGKILL)

    Thread(target=kill).start()
    assert ahead.graded(endless) is None
    assert [ahead.graded(work) for work in class_of_four] == [graded(work, terms) for work in class_of_four]
    assert eventually(lambda: workers() <= before)


@pytest.mark.soak
def test_workers_end_with_the_class(class_of_four: list[NotebookWork], terms: Terms) -> None:
    """After the last notebook, and where nobody asks any more, no process is left over."""
    before = workers()
    for asked in (class_of_four, class_of_four[:1]):
        ahead = Ahead(terms, 2, iter(class_of_four[1:]))
        for work in asked:
            ahead.graded(work)
        assert workers() > before
        del ahead
        assert eventually(lambda: workers() <= before)


def test_a_worker_is_quick_to_start() -> None:
    """It imports neither nbgrader nor torch, which take seconds."""
    program = (
        "import sys, grader.nbgrader.autograde.worker; print({'nbgrader', 'nbformat', 'torch'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True, cwd=ROOT).strip() == "set()"


@pytest.fixture
def many(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Classroom:
    """A class in which some have their marks already, and some hand in what is no notebook."""
    classroom = copy_of(generated)
    for name in ("amy", "bill", "cher", "dan", "eve"):
        classroom.hand_in(name, answered(classroom.released(), RIGHT))
    classroom.hand_in("carl", b"{")
    (classroom.root / "autograded" / "dan" / TOPIC).mkdir(parents=True)
    return classroom


def converter(classroom: Classroom, **settings: str) -> Autograde:
    course = CourseDirectory(root=str(classroom.root), assignment_id=TOPIC, **settings)
    found = Autograde(coursedir=course)
    found.init_notebooks()
    return found


def test_what_is_to_come_is_what_nbgrader_will_do(many: Classroom, plan: NotebookPlan) -> None:
    """In its order; without those before, those that are done, and those that nobody wants or can read."""
    here = {"student": "amy", "assignment": TOPIC, "notebook": TOPIC, "db_url": f"sqlite:///{many.root}/gradebook.db"}

    def students(found: Autograde, after: str = "amy") -> list[str]:
        return [work.student for work in works(to_come(found, here | {"student": after}), lambda resources: plan)]

    assert students(converter(many)) == ["bill", "cher", "eve"]
    assert students(converter(many), after="cher") == ["eve"]
    assert students(converter(many), after="eve") == []
    assert students(converter(many, student_id_exclude="bill,eve")) == ["cher"]
    assert students(converter(many, student_id="amy")) == []
    forced = converter(many)
    forced.force = True
    assert students(forced) == ["bill", "cher", "dan", "eve"]


def test_a_class_gets_the_same_marks_ahead_and_on_time(many: Classroom) -> None:
    """Gradebook and notebooks do not tell which it was."""
    many.hand_in("zac", answered(many.released(), HALF_RIGHT), "Untitled.ipynb")
    book = answered(many.released(), RIGHT)
    book["cells"] = [code("X = 1"), *book["cells"][3:]]
    many.hand_in("bill", book)

    def outcome() -> tuple[object, ...]:
        many.nbgrader("autograde", TOPIC, "--force")
        notebooks = {path: path.read_text() for path in sorted(many.root.glob("autograded/*/*/*.ipynb"))}
        return many.grades(), {name: many.comments(name) for name in many.grades()}, notebooks

    many.configure("c.Judge.workers = 2")
    ahead = outcome()
    many.configure("c.Judge.workers = 0")
    assert outcome() == ahead
    assert len(many.grades()) == 7


@pytest.fixture
def at_work(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Iterator[subprocess.Popen[bytes]]:
    """`nbgrader autograde` with workers that are busy."""
    classroom = copy_of(generated)
    classroom.configure("c.Judge.workers = 2\nc.Judge.question_seconds = 1000")
    for number in range(6):
        classroom.hand_in(f"s{number}", answered(classroom.released(), ENDLESS))
    process = subprocess.Popen(
        [sys.executable, "-m", "nbgrader", "autograde", TOPIC], cwd=classroom.root, env=classroom.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's jobs in the background ignore it
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "how", [signal.SIGINT, *(pytest.param(how, marks=pytest.mark.soak) for how in (signal.SIGTERM, signal.SIGKILL))]
)
def test_an_interrupted_run_leaves_no_process(at_work: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Neither a worker, nor a sandbox, nor a student's child goes on, and nobody waits for them.

    SIGTERM ends nbgrader as SIGKILL does, since nobody handles it: it seldom says anything else.
    """
    busy = 6  # two workers, each with its zygote and a student's child
    assert eventually(lambda: len(processes(at_work.pid)) >= busy)
    family = processes(at_work.pid)
    os.killpg(at_work.pid, how)
    at_work.wait(timeout=300)
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))
