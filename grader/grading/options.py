"""What an instructor asks of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.selection import split_names
from grader.model.limits import OF_A_COURSE, WHOLE, Limits

EVERYTHING = "all"
PER_CARD = 4
GRADES = Path("grades")


def folder_of(assignment: str | None, grades: Path = GRADES) -> Path:
    """Where the reports of an assignment go: a folder of their own."""
    return grades / Path(assignment).stem if assignment else grades


@dataclass(frozen=True)
class Options:
    """The command line of a run."""

    out: Path
    gradebook: str
    topics: tuple[str, ...]
    regrade: tuple[str, ...]
    seed: int | None
    jobs: int | None
    device: str
    dtype: str | None
    given: Mapping[str, float]
    trust: bool
    layout: str | None = None
    roster: Path | None = None
    mapped: tuple[str, ...] = ()
    assignment: str | None = None
    times: Path | None = None
    scheduler: str | None = None
    certificates: Path | None = None
    patience: float = 300.0

    @property
    def limits(self) -> Limits:
        """What holds where neither the course nor an exercise says anything."""
        return Limits().but(self.given)

    def workers(self, cards: int = 0) -> int:
        """How many processes work at a time, on so many cards."""
        return self.jobs or PER_CARD * cards or os.cpu_count() or 1

    @staticmethod
    def of(given: Mapping[str, Any]) -> Options:
        """From click's parameters."""
        set_limits = {name: float(given[name]) for name in OF_A_COURSE if given.get(name) is not None}
        assignment: str | None = given.get("assignment") or None
        out: Path = given.get("out") or folder_of(assignment)
        return Options(
            out=out,
            gradebook=given.get("gradebook") or str(out / "gradebook.db"),
            topics=split_names(given["topics"] or ()),
            regrade=split_names(given.get("regrade") or ()),
            seed=given["seed"],
            jobs=given["jobs"],
            device=given["device"],
            dtype=given["dtype"] or None,
            given={name: int(most) if name in WHOLE else most for name, most in set_limits.items()},
            trust=given["trust_submissions"],
            layout=given.get("layout") or None,
            roster=given.get("roster") or None,
            mapped=given.get("mapped") or (),
            assignment=assignment,
            times=given.get("times") or None,
            scheduler=given.get("scheduler"),
            certificates=given.get("certificates"),
            patience=given.get("patience") or 300.0,
        )
