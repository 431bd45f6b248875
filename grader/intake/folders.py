"""One folder or one archive per student, called like the student."""

from __future__ import annotations

from collections.abc import Iterator

from grader.intake.download import Download
from grader.intake.handed_in import HandedIn
from grader.intake.member import is_archive, stem_of
from grader.model.student import Student


def students(here: Download) -> Iterator[HandedIn]:
    for name in here.folders:
        yield HandedIn(name, (here.folder(name),), Student(name))
    for name in here.files:
        if is_archive(name) and stem_of(name):
            yield HandedIn(stem_of(name), (here.file(name),), Student(stem_of(name)))
