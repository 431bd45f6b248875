"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must be repaired before students see it: where, what, and how."""

    where: str
    what: str
    repair: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.repair}".rstrip()


@dataclass(frozen=True, slots=True)
class MisconceptionRecord:
    """How a misconception fared over the seeds: caught at home, named or misnamed; what it earns at most."""

    name: str
    caught: int
    named: int
    misnamed: Mapping[str, int]
    earns: float
    random: bool
    chance: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """How mistakes fared that are coded otherwise or made two at once, and answers that come from none.

    recoded, named: deterministic misconceptions. pairs, both: any two of them at once. attempts, told: first attempts
    that the page lists, told with all their mistakes. neutral: answers that come from no mistake. misnamed: what was
    made, and the name that it got and should not have.
    """

    recoded: int = 0
    named: int = 0
    pairs: int = 0
    both: int = 0
    attempts: int = 0
    told: int = 0
    neutral: int = 0
    misnamed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PageRecord:
    """How a page fared over the seeds for which a key could be made; none, where it is refused.

    statistical: the checks that judge random numbers, so that chance is in them.
    """

    id: str
    seeds: int
    alternatives: int
    misconceptions: tuple[MisconceptionRecord, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    checks: tuple[str, ...] = ()
    caught_by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    statistical: tuple[str, ...] = ()
    naming: Naming = Naming()
