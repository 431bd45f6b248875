"""What an instructor asks of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.model.limits import OF_A_COURSE, WHOLE, Limits

EVERYTHING = "all"
PER_CARD = 4


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

    @property
    def limits(self) -> Limits:
        """What holds where neither the course nor an exercise says anything."""
        return Limits().but(self.given)

    def workers(self, cards: int = 0) -> int:
        """How many processes work at a time, on so many cards."""
        return self.jobs or PER_CARD * cards or os.cpu_count() or 1

    @staticmethod
    def of(given: Mapping[str, object]) -> Options:
        """From click's parameters."""
        set_limits = {name: float(str(given[name])) for name in OF_A_COURSE if given.get(name) is not None}
        out, regrade = Path(str(given["out"])), given.get("regrade")
        return Options(
            out=out,
            gradebook=str(given.get("gradebook") or out / "gradebook.db"),
            topics=tuple(name.strip() for name in str(given["topics"] or "").split(",") if name.strip()),
            regrade=tuple(map(str, regrade)) if isinstance(regrade, Sequence) else (),
            seed=None if given["seed"] is None else int(str(given["seed"])),
            jobs=None if given["jobs"] is None else int(str(given["jobs"])),
            device=str(given["device"]),
            dtype=str(given["dtype"]) if given["dtype"] else None,
            given={name: int(most) if name in WHOLE else most for name, most in set_limits.items()},
            trust=bool(given["trust_submissions"]),
            layout=str(given["layout"]) if given.get("layout") else None,
            roster=Path(str(given["roster"])) if given.get("roster") else None,
        )
