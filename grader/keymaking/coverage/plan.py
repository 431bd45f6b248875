"""Which inputs close the gaps between what a page's cases ask and what its stub allows.

Chosen once for a page, by choices that do not hang on the seed, so that the same partitions are covered at home and in
class. What only some seeds show of an input does not count.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from grader.course.page import Page
from grader.keymaking.coverage.credit import content_of, credited
from grader.keymaking.coverage.drawing import Drawn, called_with, drawn
from grader.keymaking.coverage.partition import Goal, Group, Partition
from grader.keymaking.coverage.partitions import partitions
from grader.keymaking.expected import asker
from grader.keymaking.questions import asked_dtypes, drawn_arguments, question_of, recast, stated_laws
from grader.model.errors import PageError
from grader.model.identity import Same
from grader.model.leaves import numbers, sheet
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.tolerance import HALF, SMALLEST_NORMAL, peak

DRAWS = 300
QUESTIONS, MOST = 8, 18  # a third of what the cases ask; more only for partitions that nothing covers
GRADIENT_OF = 4  # of so many inputs one is asked for its gradients, too
PLAN_SEED = 0
OTHER_SEEDS = (1, 2)
BY_CHOICE = 3  # what fewer draws show comes by chance
WORTH, MINOR, SIGN_AND_PLACE = {1: 100.0, 2: 1.0, 3: 2.0}, 8.0, 100.0
"""What it is worth to cover a partition alone, a pair, a triple; a minor partition alone; a sign of an axis with a
place, which is where most mistakes hide."""


@dataclass(frozen=True)
class Chosen:
    """One input of a covering set: its choices; what it must show; what it covers that nothing before it does.

    What is minor it may show or not: some of it comes by chance.
    """

    number: int
    shows: frozenset[str]
    new: tuple[str, ...]
    gradient: bool = False


@dataclass(frozen=True)
class Plan:
    """What covers what. by: a goal -> the case that covers it, or "covering".

    reached: every goal that draws of the domain reach, and not by chance alone. draws: how many there were.
    """

    chosen: tuple[Chosen, ...] = ()
    reached: frozenset[Goal] = frozenset()
    by: Mapping[Goal, str] = field(default_factory=dict)
    draws: int = 0

    @property
    def open(self) -> tuple[Goal, ...]:
        """What the domain reaches and nothing covers."""
        return tuple(sorted(self.reached - set(self.by), key=lambda goal: (len(goal), sorted(goal))))


def plan_of(page: Page) -> Plan:
    """The plan of a page; without a domain there is none."""
    return _plan_of(Same((page,)))


@lru_cache(maxsize=64)
def _plan_of(same: Same) -> Plan:
    (page,) = same.things
    if page.domain is None:
        return Plan()
    by: dict[Goal, str] = {}
    for name, found in _of_cases(page):
        by |= dict.fromkeys(found - set(by), name)
    candidates = [each for number in range(DRAWS) if (each := _told(page, number, PLAN_SEED)) is not None]
    if not candidates:
        raise PageError(
            f"{page.where(page.domain.name)}: of {DRAWS} draws of the domain {page.domain.name} none goes together."
        )
    counts = Counter(goal for each in candidates for goal in _hoped(each))
    reached = frozenset(goal for goal, count in counts.items() if count >= BY_CHOICE)
    chosen = tuple(_chosen(page, candidates, by))
    return Plan(chosen, reached, by, len(candidates))


def _of_cases(page: Page) -> Iterator[tuple[str, frozenset[Goal]]]:
    """What each case covers in each dtype. Where some answers are random, a generator says something to those alone."""
    names, ask = called_with(page), asker(page, page.reference)
    for case in page.cases:
        if case.raises:
            continue
        given = drawn_arguments(case.draw, page, case, PLAN_SEED)
        dtypes = asked_dtypes(page, case, given)
        questions = [question_of(page, case, PLAN_SEED, given, dtype, ()) for dtype in dtypes]
        content = content_of(ask(questions[0]), questions[0])
        for dtype, question in zip(dtypes, questions, strict=True):
            found = partitions(question, *names)
            if page.laws and not stated_laws(page, given):
                found = _without_generator(found)
            yield case.name, credited(found, dtype, content)


def _chosen(page: Page, candidates: list[Drawn], by: dict[Goal, str]) -> Iterator[Chosen]:
    """Greedily, whoever covers most of what is open. A gain only shrinks, so an old one is a bound of the new one.

    What costs more to know of a draw is found out when its turn comes: whether all numbers show it, what the answer is.
    """
    steps = (_always, _truly)
    of = {group: _texts(candidates, group) for group in ("minor", "sign", "place")}
    worth = {frozenset((text,)): MINOR for text in of["minor"]}
    worth |= {frozenset((sign, place)): SIGN_AND_PLACE for sign in of["sign"] for place in of["place"]}

    def gained(goals: frozenset[Goal]) -> float:
        return sum(worth.get(goal, WORTH[len(goal)]) for goal in goals - by.keys())

    queue = [(-gained(goals), each.number, 0, goals, each) for each in candidates for goals in [_hoped(each)]]
    heapq.heapify(queue)
    asked = inputs = 0
    while queue and asked < (MOST if -queue[0][0] >= WORTH[1] else QUESTIONS):
        bound, number, step, goals, each = heapq.heappop(queue)
        gain = gained(goals)
        if not gain:
            continue
        if gain == -bound and step < len(steps):
            goals, step = goals & steps[step](page, each), step + 1
            heapq.heappush(queue, (-gained(goals), number, step, goals, each))
            continue
        if gain < -bound:
            heapq.heappush(queue, (-gain, number, step, goals, each))
            continue
        new = goals - set(by)
        by |= dict.fromkeys(new, "covering")
        gradient = bool(page.exercise.gradients and each.case.gradients and each.dtype not in HALF)
        gradient = gradient and inputs % GRADIENT_OF == 0
        inputs, asked = inputs + 1, asked + 1 + gradient
        yield Chosen(number, (each.texts & frozenset().union(*new)) - of["minor"], _telling(new), gradient)


def _texts(candidates: Iterable[Drawn], group: Group) -> frozenset[str]:
    """The partitions of a group that the candidates lie in."""
    return frozenset(part.text for each in candidates for part in each.partitions if part.group == group)


def _told(page: Page, number: int, seed: int) -> Drawn | None:
    """A draw with the partitions that its answer tells something of."""
    each = drawn(page, number, seed)
    if each is None or each.has_laws or not page.laws:
        return each
    return replace(each, partitions=_without_generator(each.partitions))


def _without_generator(found: frozenset[Partition]) -> frozenset[Partition]:
    return frozenset(each for each in found if each.of != "generator")


def _hoped(each: Drawn) -> frozenset[Goal]:
    return credited(each.partitions, each.dtype, "full")


def _always(page: Page, each: Drawn) -> frozenset[Goal]:
    """What a draw covers with any numbers."""
    redrawn = [_told(page, each.number, seed) for seed in OTHER_SEEDS]
    always = each.partitions.intersection(*(other.partitions if other else () for other in redrawn))
    return credited(always, each.dtype, "full")


def _truly(page: Page, each: Drawn) -> frozenset[Goal]:
    """What a draw covers as far as its answer is judged; nothing where the page's right solutions do not agree."""
    question = replace(each.question, forbid=())  # what is forbidden is told when the key is made
    answer = asker(page, page.reference)(question)
    if each.case.raises:
        due = isinstance(answer, Failed) and each.case.raises in answer.error
        return credited(each.partitions, each.dtype, "full") if due else frozenset()
    others = [asker(page, function)(question) for function in page.alternatives.values()]
    if each.dtype not in (None, "float64"):
        exact = asker(page, page.truth or page.reference)(recast(question, "float64"))
        if _vanishes(each, exact):
            return frozenset()
        others.append(exact)
    if not all(_alike(each.question, answer, other) for other in others):
        return frozenset()
    return credited(each.partitions, each.dtype, content_of(answer, each.question))


def _vanishes(each: Drawn, exact: Answer) -> bool:
    """Whether the dtype cannot hold a part of the right answer with all its digits."""
    leaves = map(numbers, sheet(each.question, exact).values()) if isinstance(exact, Returned) else ()
    peaks = [peak(leaf) for leaf in leaves if leaf is not None and leaf.dtype.kind == "f"]
    return any(0 < largest < SMALLEST_NORMAL[str(each.dtype)] for largest in peaks)


def _alike(question: Question, answer: Answer, other: Answer) -> bool:
    """Whether two answers are as near as right ones are at the very least."""
    if not (isinstance(answer, Returned) and isinstance(other, Returned)):
        return False
    mine, theirs = sheet(question, answer), sheet(question, other)
    pairs = [(numbers(leaf), numbers(theirs.get(path))) for path, leaf in mine.items()]
    return all(a is None or (b is not None and _near(a, b)) for a, b in pairs)


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or a.dtype.kind != "f":
        return a.shape == b.shape
    return bool((np.isfinite(a) == np.isfinite(b)).all())


def _telling(new: Iterable[Goal]) -> tuple[str, ...]:
    """The clauses that are new, the single ones first."""
    ordered = sorted(new, key=lambda goal: (len(goal), sorted(goal)))
    return tuple(dict.fromkeys(text for goal in ordered for text in sorted(goal)))
