"""A class for tables in which everyone stands once: also who is on the roster alone, and nobody under two names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from heapq import merge
from operator import attrgetter

from grader.model.result import ClassResults, SubmissionResult
from grader.model.student import Student

REASON = "on the roster; no run has seen a submission"


@dataclass(frozen=True)
class _Everyone(Collection[SubmissionResult]):
    """Submissions without some, and the absent between them, by the name of the student."""

    submissions: Collection[SubmissionResult]
    absent: Sequence[SubmissionResult]
    left_out: AbstractSet[str]

    def __len__(self) -> int:
        return len(self.submissions) + len(self.absent) - len(self.left_out)

    def __contains__(self, result: object) -> bool:
        return any(each == result for each in self)

    def __iter__(self) -> Iterator[SubmissionResult]:
        kept = (each for each in self.submissions if each.student not in self.left_out)
        return merge(kept, self.absent, key=attrgetter("student"))


def everyone(results: ClassResults, absent: Sequence[Student], left_out: AbstractSet[str]) -> ClassResults:
    """The class with these absent students, who have no mark, and without what is known under the names `left_out`."""
    added = [SubmissionResult(each, "absent", reason=REASON) for each in sorted(each.student for each in absent)]
    return replace(results, submissions=_Everyone(results.submissions, added, left_out))
