"""A group's work is graded once, and everyone of the group gets what it came to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.gradebook.book import Gradebook
from grader.gradebook.staleness import Conditions
from grader.grading.task import Graded, Task
from grader.intake.handed_in import HandedIn


@dataclass(frozen=True)
class ClassWork:
    """What is to be graded: one of each group's, and who else has handed in the very same."""

    gradebook: Gradebook
    graded_by: Conditions
    everyone: Sequence[HandedIn]
    others: Mapping[str, Sequence[str]]
    known: frozenset[str]

    @staticmethod
    def of(gradebook: Gradebook, graded_by: Conditions, everyone: Sequence[HandedIn]) -> ClassWork:
        """The others of a group are those of whom the gradebook knows the same as of the first."""
        known = frozenset(gradebook.names())
        groups: dict[object, list[HandedIn]] = {}
        for each in everyone:
            if each.parts:
                groups.setdefault((each.parts, each.notes, each.mapped), []).append(each)
        alike: dict[object, list[str]] = {}
        for place, group in enumerate(group for group in groups.values() if len(group) > 1):
            for each in group:
                task = _task(gradebook, graded_by, each, known)
                alike.setdefault((place, task.digest, task.stale), []).append(each.student)
        others = {first: rest for first, *rest in alike.values() if rest}
        return ClassWork(gradebook, graded_by, everyone, others, known)

    def tasks(self) -> Iterator[Task]:
        """Made when they are asked for: a class need not be in memory."""
        done = {student for rest in self.others.values() for student in rest}
        for each in self.everyone:
            if each.student not in done:
                yield _task(self.gradebook, self.graded_by, each, self.known)

    def shared(self, graded: Graded) -> Iterator[Graded]:
        """What became of a task, for each student whose work it was."""
        yield graded
        for student in self.others.get(graded.student, ()):
            result = graded.result and replace(graded.result, student=student)
            yield replace(graded, student=student, result=result)


def _task(gradebook: Gradebook, graded_by: Conditions, one: HandedIn, known: Collection[str]) -> Task:
    if one.student not in known:  # everyone, the first time: to ask for each takes a while
        return Task(one)
    about = gradebook.known(one.student)
    return Task(one, about.digest, about.stale(graded_by))
