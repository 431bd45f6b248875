"""A file of a submission that was read: its Python, and what that defines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable
from grader.intake.finding.definitions import Definitions, definitions
from grader.intake.finding.names import parts_of
from grader.intake.member import Member
from grader.intake.notebook import NotANotebook, Notebook, read_code


@dataclass(frozen=True)
class SourceFile:
    """text: what is read; of a notebook, all its code. size: in bytes, as it was handed in. problem: why there is no
    text, as the end of a sentence."""

    member: Member
    text: str = ""
    notebook: Notebook | None = None
    size: int = 0
    problem: str = ""

    @property
    def name(self) -> str:
        return self.member.path.name

    @cached_property
    def definitions(self) -> Definitions:
        return definitions(self.text)


def read_source_file(member: Member) -> SourceFile:
    """The file, read as a module or, where its name or its content says so, as a notebook."""
    named_notebook = "ipynb" in parts_of(member.path.name).endings
    try:
        data = member.read(MAX_NOTEBOOK_BYTES if named_notebook else MAX_BYTES)
        return SourceFile(member, *read_code(data, named_notebook), size=len(data))
    except (Unreadable, NotANotebook) as error:
        return SourceFile(member, problem=str(error))
