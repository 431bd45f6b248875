"""One submission and the children that run it: exercise after exercise, in a fresh child where one did not survive."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType, TracebackType

from grader.model.errors import NoIsolationError, SandboxError
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, unasked_after
from grader.model.result import Verdict
from grader.sandbox import gpu_retry
from grader.sandbox.dialogue import AnswerError, LostError, Talk, room, used_up
from grader.sandbox.processes import Child, Children
from grader.sandbox.shortage import shortage

TRIES = 3
PAUSES = (0.0, 0.2, 2.0)  # before a child is started that is no student's fault


class RunningSubmission:
    """One student's modules and the child that has them loaded, if one is alive. For one thread at a time.

    printed: what the code printed when it was asked last, if `printed_chars` of the limits allows it.
    """

    def __init__(self, children: Children, sources: Mapping[str, str], limits: Limits) -> None:
        self._children = children
        self._sources = dict(sources)
        self._limits = limits
        self._talk: Talk | None = None
        self._left = limits.submission_seconds
        self._unloadable: dict[str, Failed] = {}
        self.printed = ""

    def ask(
        self, topic: str, questions: Sequence[Question], limits: Mapping[str, float] = MappingProxyType({})
    ) -> tuple[Answer, ...]:
        """One answer for each question, whatever the student's code does.

        The questions are one exercise's; `limits` are those that are its own. One with other memory, or other room for
        its answers, is asked in a child of its own.

        The first timeout, crash or broken rule of the wire ends these questions and the child; those that follow get
        the same verdict, "not asked". Raises `SandboxError` where no child can be started.
        """
        if topic not in self._sources:
            return (Failed(Verdict.MISSING, message=f"there is no {topic}.py"),) * len(questions)
        allowed, alone = self._limits.but(limits), self._children.alone
        if alone is None and not any(question.device.startswith("cuda") for question in questions):
            return self._answers(topic, questions, allowed, self._children)[0]

        def ask(some: Sequence[Question], by_itself: bool) -> gpu_retry.CardAnswers:
            if by_itself:
                self._unloadable.pop(topic, None)  # its import may have been what found no memory
            answers, crowded = self._answers(topic, some, allowed, (by_itself and alone) or self._children)
            return answers, crowded and alone is not None

        return gpu_retry.on_card(ask, self._end, questions)

    def try_child(self) -> None:
        """Starts a child and ends it again. Raises `SandboxError` where that cannot be."""
        self._fresh(self._limits).end()

    def first_child(self) -> Child:
        """A child that is ready and has been asked nothing."""
        self._talk = self._fresh(self._limits)
        return self._talk.child

    def _answers(
        self, topic: str, questions: Sequence[Question], limits: Limits, children: Children
    ) -> gpu_retry.CardAnswers:
        crowded = False
        for _ in range(TRIES):
            answers: list[Answer] = []
            try:
                self._ask(topic, questions, limits, answers, children)
            except AnswerError as error:
                self._end()
                answers.append(error.failed)
                crowded = error.crowded
            except LostError:
                self._end()
                continue
            except BaseException:
                self._end()
                raise
            return _filled_up(answers, len(questions)), crowded or any(map(gpu_retry.ran_short, answers))
        lost = Failed(Verdict.DIED, message=f"the process was killed from outside, {TRIES} times")
        return (lost,) * len(questions), False

    def _ask(
        self, topic: str, questions: Sequence[Question], limits: Limits, answers: list[Answer], children: Children
    ) -> None:
        if not questions:
            return
        if self._left <= 0:
            raise AnswerError(Failed(Verdict.TIMED_OUT, message=used_up(self._limits)))
        if topic in self._unloadable:
            answers.extend([self._unloadable[topic]] * len(questions))
            self.printed = ""
            return
        talk = self._talk = self._under(limits, children)
        talk.allow(self._left, limits)
        try:
            if self._loaded(talk, topic):
                talk.ask(topic, questions, answers)
            else:
                answers.extend([self._unloadable[topic]] * len(questions))
        finally:
            self._left -= talk.used()
            self.printed, talk.printed = talk.printed, ""

    def _loaded(self, talk: Talk, topic: str) -> bool:
        """Whether the topic's module runs. Where it does not, it is not tried again."""
        try:
            failed = talk.load(topic, self._sources[topic])
        except AnswerError as error:
            if error.crowded:
                raise
            failed = error.failed
            self._end()
        if failed:
            self._unloadable[topic] = failed
        return not failed

    def _under(self, limits: Limits, children: Children) -> Talk:
        """The child, if there is one that lives under these limits; or a fresh one."""
        if self._talk and self._talk.room != room(limits):
            self._end()
        return self._talk or self._fresh(limits, children)

    def _fresh(self, limits: Limits, children: Children | None = None) -> Talk:
        """A child that is ready. Its start is not the student's time.

        One that does not start on a card is tried again alone: its neighbours may have all of the card's memory.
        """
        children = children or self._children
        for number, pause in enumerate(PAUSES):
            time.sleep(pause)
            talk = Talk(((number and children.alone) or children).start(limits), limits)
            try:
                talk.wait_until_ready()
                return talk
            except LostError as error:
                talk.end()
                lost = error
                if lost.layer:
                    break
        if lost.short:
            raise shortage(str(lost), errno.ENOMEM)
        raise (NoIsolationError if lost.layer else SandboxError)(f"no child process can be started here: {lost}")

    def _end(self) -> None:
        if self._talk:
            self._talk.end()
        self._talk = None

    def __enter__(self) -> RunningSubmission:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def _filled_up(answers: list[Answer], count: int) -> tuple[Answer, ...]:
    """Those that were not asked share the fate of the last one that was."""
    missing = count - len(answers)
    if missing and isinstance(answers[-1], Failed):
        answers += [unasked_after(answers[-1])] * missing
    return tuple(answers)
