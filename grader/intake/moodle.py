"""A download of Moodle's: a folder for each student and each way to hand in, or the same in the names of flat files.

Ada Doe_12345_assignsubmission_file_/softmax.py       12345 is the participant of the grading worksheet
Ada Doe_12345_assignsubmission_onlinetext_/onlinetext.html
Ada Doe_12345_assignsubmission_file_softmax.py        downloaded without folders
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.intake.download import Download
from grader.intake.handed_in import HandedIn
from grader.model.student import Student

NAMED = re.compile(r"(?P<who>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL)
FILES = "file"
NO_FILE = "an online text was handed in, which is not read"


def recognised(here: Download) -> bool:
    names = (*here.folders, *here.files)
    return 2 * sum(NAMED.fullmatch(name) is not None for name in names) > len(names)  # not one that a student chose


def students(here: Download) -> Iterator[HandedIn]:
    for name in (*here.folders, *here.files):
        found = NAMED.fullmatch(name)
        if found is None:
            continue
        folder = name in here.folders
        part = here.folder(name) if folder else here.file(name, found["file"] or name)
        student = f"{found['who']}_{found['id']}" if found["id"] else found["who"]
        yield HandedIn(
            student,
            (part,) if found["plugin"] == FILES else (),
            Student(student, found["who"], id=found["id"] or ""),
            () if found["plugin"] == FILES else (NO_FILE,),
        )
