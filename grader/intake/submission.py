"""What was read of a student's work. Nothing is run, followed or trusted: what is no plain file is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from grader.intake.notebook import Notebook
from grader.intake.own_modules import imported
from grader.model.digest import fingerprint


@dataclass(frozen=True)
class Submission:
    """One student's files. problems: topic -> why it is not known what was handed in for it, in one line: it has no
    mark until somebody has looked.

    problem: why nothing of it can be used. absent: nothing was handed in. empty: no file of the topics was, and there
    is nothing else to say of what was.

    notes: what else there is to say of what was handed in: late, read from a file of another name, or with something in
    it that was refused.
    Of a notebook, `sources` holds what is read; what is run is made from `notebooks`.
    own: the student's own modules that these import, by the names under which they do.
    """

    student: str
    sources: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    absent: bool = False
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    empty: bool = False
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def modules(self) -> dict[str, str]:
        """Maps each topic to the source that is run."""
        return {**self.sources, **{topic: notebook.module for topic, notebook in self.notebooks.items()}}

    @property
    def readable(self) -> dict[str, str]:
        """Maps the names of topics and own modules to their sources, as one reads them."""
        return {**self.own, **self.sources}

    @cached_property
    def importable(self) -> dict[str, str]:
        """Maps the names that the topics' files may import to the sources that are run: own modules, other topics."""
        named = set().union(*map(imported, (*self.sources.values(), *self.own.values())))
        return {**{topic: source for topic, source in self.modules.items() if topic in named}, **self.own}

    @property
    def digest(self) -> str:
        """A fingerprint of what was handed in, as far as it is read; whoever handed it in."""
        notebooks = {topic: notebook.cells for topic, notebook in self.notebooks.items()}
        parts = [dict(self.sources), dict(self.problems), notebooks, self.problem, self.absent, *self.notes]
        if self.own:  # without any, the fingerprint is the one of earlier versions
            parts.append(dict(self.own))
        return fingerprint(parts)

    @property
    def tried(self) -> dict[str, str]:
        """Topic -> a fingerprint of its source alone: as long as it is the same, nothing in it was tried anew."""
        return {topic: fingerprint(source) for topic, source in self.sources.items() if topic not in self.problems}
