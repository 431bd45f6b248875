"""What a card makes it necessary to ask again: memory that neighbours had, and errors that outlive their question.

After a device-side assert every call of CUDA's fails in that process, so the questions that follow go to a fresh child,
and the mistake costs what it costs on the CPU. Memory that was not there may have been others': it is asked for once
more with the card to itself, and that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeGuard

from grader.model.question import Answer, Failed, Question
from grader.model.result import Verdict

FRESH_STARTS = 8
_CUDA = re.compile("CUDA|CUBLAS|CUDNN|CUFFT|cuSOLVER|cuSPARSE|device-side")

CardAnswers = tuple[tuple[Answer, ...], bool]
"""As many answers as questions; whether any is for want of memory on a card that others used too."""


def ran_short(answer: Answer | None) -> TypeGuard[Failed]:
    """Whether a child found no memory on its card. It may lie; then it is asked once more for nothing."""
    return isinstance(answer, Failed) and answer.verdict is Verdict.OUT_OF_MEMORY and bool(_CUDA.search(answer.message))


def is_broken(answer: Answer) -> bool:
    """Whether CUDA may be unusable in the child that answered. Memory that was not there does no such harm."""
    return isinstance(answer, Failed) and not ran_short(answer) and bool(_CUDA.search(answer.message))


def on_card(
    ask: Callable[[Sequence[Question], bool], CardAnswers], end: Callable[[], None], questions: Sequence[Question]
) -> tuple[Answer, ...]:
    """All answers of an exercise on a card. ask: the child, alone on the card or not. end: ends it."""
    answers: list[Answer] = []
    for start in range(FRESH_STARTS):
        rest = questions[len(answers) :]
        got, crowded = ask(rest, False)
        if crowded:
            end()
            got, _ = ask(rest, True)
            end()  # while it lives, no other child may use the card
        broken = next((place for place, answer in enumerate(got) if is_broken(answer)), None)
        if broken is not None:
            end()
        if broken is None or broken == len(got) - 1 or start == FRESH_STARTS - 1:
            break
        answers += got[: broken + 1]
    return (*answers, *got)
