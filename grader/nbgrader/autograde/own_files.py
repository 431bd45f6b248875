"""The modules of their own that a student has handed in beside a notebook, and that it imports.

They are read where nbgrader has collected them: its copy into `autograded/` follows links.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from grader.intake.files import Unreadable
from grader.intake.finding.beside import modules_beside
from grader.intake.finding.source_file import SourceFile
from grader.intake.handed_in import Part
from grader.intake.listing import members_of
from grader.intake.member import Member
from grader.intake.notebook import Notebook
from grader.intake.own_modules import imported

OwnFiles = tuple[tuple[str, str], ...]
"""Name and source of each, in the order of their names."""


def own_files(folder: Path, notebook: str, code: Notebook) -> OwnFiles:
    """What a notebook's code imports of the folder that it lies in, and below. Links are not followed."""
    text = code.text
    if not imported(text):
        return ()
    file = SourceFile(Member(PurePosixPath(f"{notebook}.ipynb")), text, code)
    try:
        return tuple(sorted(modules_beside({notebook: file}, members_of([Part(folder)])).items()))
    except Unreadable:
        return ()
