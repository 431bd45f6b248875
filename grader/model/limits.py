"""How much a submission may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

WHOLE = ("memory_mb", "gpu_memory_mb", "answer_mb")  # in whole numbers
OF_AN_EXERCISE = ("question_seconds", "exercise_seconds", "memory_mb", "gpu_memory_mb", "answer_mb")
OF_A_COURSE = (*OF_AN_EXERCISE, "import_seconds", "submission_seconds")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submission may use; whoever exceeds it gets a verdict that says which limit it was.

    Seconds are those of `clock`: time in which no processor was free does not count, as far as the system tells.

    question_seconds: of one question.
    import_seconds: of running a module's source.
    exercise_seconds: of all questions of one exercise, with the import if it is the first.
    submission_seconds: of all questions and imports of one submission together.
    memory_mb: what a child may allocate beyond what torch itself takes; 0 sets no limit.
    gpu_memory_mb: what a child may allocate of its card's memory beyond what CUDA itself takes; 0 sets no limit.
    answer_mb: bytes of all answers of one exercise.
    printed_chars: how much of what code prints comes back with an answer; nothing, unless it is one's own code.
    start_seconds: wall time of the start of a child, or of the process that forks children. Ours, not the student's.
    """

    question_seconds: float = 3.0
    import_seconds: float = 10.0
    exercise_seconds: float = 60.0
    submission_seconds: float = 120.0
    memory_mb: int = 1024
    gpu_memory_mb: int = 2048
    answer_mb: int = 64
    printed_chars: int = 0
    start_seconds: float = 120.0

    def but(self, given: Mapping[str, float]) -> Limits:
        """These limits with others in the place of some."""
        return replace(self, **given) if given else self  # type: ignore[arg-type]

    @property
    def cpu_seconds(self) -> int:
        """The kernel's own limit, for a child that outlives whoever watches the clock."""
        return int(self.submission_seconds) + 5

    @property
    def answer_bytes(self) -> int:
        return self.answer_mb << 20
