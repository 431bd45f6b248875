"""Which learning system made a download, who has handed in what, and who is absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake import canvas, folders, gradescope, moodle, nbgrader
from grader.intake.download import Download, download
from grader.intake.handed_in import HandedIn, by_student
from grader.intake.names import folded
from grader.intake.roster import Roster
from grader.model.errors import UsageError
from grader.model.student import Student

SURE = ("student", "id", "sis_id", "email", "login")
CONFIGURATIONS = ("nbgrader_config.py", "nbgrader_config.json")


@dataclass(frozen=True)
class Layout:
    """A way in which a class arrives."""

    says: str
    recognised: Callable[[Download], bool]
    students: Callable[[Download], Iterable[HandedIn]]


LAYOUTS = {
    "gradescope": Layout("Gradescope's download", gradescope.recognised, gradescope.students),
    "moodle": Layout("Moodle's download", moodle.recognised, moodle.students),
    "canvas": Layout("Canvas's download", canvas.recognised, canvas.students),
    "nbgrader": Layout("nbgrader's submitted folder", lambda here: False, nbgrader.students),
    "folders": Layout("one folder or archive per student", lambda here: True, folders.students),
}


@dataclass(frozen=True)
class Intake:
    """A class: what was recognised, everyone who has handed in or should have, and who of them is on no roster.

    lost_zeros: the numbers that were handed in under, of whom the roster has more or fewer leading zeros.
    left_out: folders of reports, which are no student's.
    """

    says: str
    handed_in: tuple[HandedIn, ...]
    strangers: tuple[str, ...] = ()
    lost_zeros: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def about(self) -> tuple[Student, ...]:
        """Gives what is known of each student."""
        return tuple(each.about for each in self.handed_in if each.about)

    @property
    def late(self) -> tuple[str, ...]:
        return tuple(each.student for each in self.handed_in if each.late)

    @property
    def absent(self) -> tuple[str, ...]:
        return tuple(each.student for each in self.handed_in if not each.parts and not each.notes)


def intake(
    path: Path, layout: str | None = None, roster: Roster | None = None, out: Path | None = None,
    assignment: str | None = None,
) -> Intake:  # fmt: skip
    """What was handed in, in a folder or a zip. Raises `UsageError` where it is nothing.

    out: where the reports go, which is no student's folder wherever it lies. assignment: the one that is graded;
    nbgrader keeps those of a student side by side.
    """
    name, here = _recognised(path, layout, out)
    students = nbgrader.students(here, assignment) if name == "nbgrader" else LAYOUTS[name].students(here)
    found = by_student(students)
    if not found:
        loose = any(file.endswith((".py", ".ipynb")) for file in here.files)
        hint = " Its files lie there directly: put them into a folder per student." if loose else ""
        raise UsageError(f"{path} holds no submissions: {LAYOUTS[name].says} is expected.{hint}")
    class_ = _with_roster(LAYOUTS[name].says, found, roster) if roster else Intake(LAYOUTS[name].says, found)
    return replace(class_, left_out=here.left_out)


def _recognised(path: Path, layout: str | None, out: Path | None) -> tuple[str, Download]:
    """The layout that is named, or the first whose marks are there; perhaps below a single folder around it all."""
    collected = path / "submitted"
    if layout in (None, "nbgrader") and any((path / name).is_file() for name in CONFIGURATIONS) and collected.is_dir():
        return "nbgrader", download(collected, out)
    here = download(path, out)
    tops = [here]
    if len(here.folders) == 1 and not here.files:
        with suppress(UsageError):
            tops.append(here.below(here.folders[0]))
    for name in [layout] if layout else LAYOUTS:
        for top in tops:
            if name not in ("folders", "nbgrader") and LAYOUTS[name].recognised(top):
                return name, top
    wrapped = here.inside is not None and len(list(folders.students(tops[-1]))) > 1
    return layout or "folders", tops[-1] if wrapped else here


def _with_roster(says: str, found: Sequence[HandedIn], roster: Roster) -> Intake:
    meant = [roster.find(each.about or Student(each.student)) for each in found]
    claims, rows = Counter(who.student for who in meant if who), {each.student: each for each in roster.students}
    there, strangers, lost = [], [], []
    for each, who in zip(found, meant, strict=True):
        if who and (claims[who.student] == 1 or _surely(each, rows[who.student])):
            there.append(replace(each, student=who.student, about=who))
            lost += [each.student] if roster.has_lost_zeros(each.about or Student(each.student)) else []
        else:
            there.append(each)
            strangers.append(each.student)
    names = {each.student for each in there}
    absent = [HandedIn(each.student, about=each) for each in roster.students if each.student not in names]
    return Intake(says, by_student([*there, *absent]), tuple(strangers), tuple(lost))


def _surely(one: HandedIn, row: Student) -> bool:
    """Whether it is this student by more than a name, which people choose themselves: asked where several would be."""
    about = one.about or Student(one.student)
    facts = ((getattr(about, name), getattr(row, name)) for name in SURE)
    return any(ours and folded(ours) == folded(theirs) for ours, theirs in facts)
