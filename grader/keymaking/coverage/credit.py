"""What an input counts for. Covered means judged, so a poor input covers little, whatever its arguments look like.

An empty answer shows only that an axis may have size 0. Half precision judges hardly more than a dtype: an honest
error there is an eighth of the answer. Where the answer is zero or not finite, and where an axis has size 0 or 1, most
mistakes have no effect; such an input counts for just that, and for what meets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from grader.keymaking.coverage.partition import Goal, Partition, goals
from grader.model.leaves import numbers, sheet
from grader.model.question import Answer, Question, Returned
from grader.model.tolerance import HALF

Content = Literal["none", "flat", "full"]
"""What there is to judge in an answer: nothing; nothing but zeros, infinities and nan; more."""


def credited(found: Iterable[Partition], dtype: str | None, content: Content) -> frozenset[Goal]:
    """The goals that an input covers which lies in these partitions, is asked in this dtype and has such an answer."""
    there = frozenset(found)
    if content == "none":
        return frozenset(frozenset((each.text,)) for each in there if each.group == "thin" and "0" in each.text)
    if dtype in HALF:
        return frozenset(frozenset((each.text,)) for each in there if dtype in each.text)
    thin = {each.text for each in there if each.group == "thin"}
    if content == "flat":
        special = thin | {each.text for each in there if each.group == "magnitude"}
        choices = {each.text for each in there if each.group not in ("other", "minor", "precision")}
        return frozenset(goal for goal in goals(there) if goal & special or (len(goal) == 1 and goal <= choices))
    return frozenset(goal for goal in goals(there) if goal & thin or not thin)


def content_of(answer: Answer, question: Question) -> Content:
    """What there is to judge in this right answer."""
    if not isinstance(answer, Returned):
        return "none"
    leaves = list(map(numbers, sheet(question, answer).values()))
    texts, arrays = (
        [each for each in leaves if each is None],
        [each for each in leaves if each is not None and each.size],
    )
    if not arrays:
        return "full" if texts else "none"
    floats = [each for each in arrays if each.dtype.kind == "f"]
    if floats and len(floats) == len(arrays) and not any((np.isfinite(each) & (each != 0)).any() for each in floats):
        return "flat"
    return "full"
