"""One submission and the children that run it: exercise after exercise, in a fresh child where one did not survive."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType, TracebackType

from grader.model.errors import NoIsolationError, SandboxError
from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, unasked_after
from grader.model.result import Verdict
from grader.model.statements import StatementPlace
from grader.sandbox import gpu_retry
from grader.sandbox.dialogue import AnswerError, Loading, LostError, Talk, room
from grader.sandbox.processes import Child, Children
from grader.sandbox.protocol.messages import Load
from grader.sandbox.protocol.missing_resource import LACKS_COMPILER
from grader.sandbox.shortage import shortage

TRIES = 3
PAUSES = (0.0, 0.2, 2.0)  # before a child is started that is no student's fault


class RunningSubmission:
    """One student's modules and the child that has them loaded, if one is alive. For one thread at a time.

    printed: what the code printed when it was asked last, if `printed_chars` of the limits allows it.
    endless: topic -> the statements that are left out, because they never end, or end the process.
    stops: topic -> what stopped its file before its end, with the line; what the file defines was asked all the same.
    """

    def __init__(
        self,
        children: Children,
        sources: Mapping[str, str],
        limits: Limits,
        modules: Mapping[str, str] = MappingProxyType({}),
        endless: Mapping[str, tuple[StatementPlace, ...]] = MappingProxyType({}),
    ) -> None:
        self._children = children
        self._has_compiler = False
        self._sources = dict(sources)
        self._modules = dict(modules)
        self.endless = dict(endless)
        self.stops: dict[str, Failed] = {}
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
            return (Failed(Verdict.MISSING),) * len(questions)
        allowed, alone = self._limits.but(limits), self._children.alone
        if alone is None and not any(question.device.startswith("cuda") for question in questions):
            return self._answers(topic, questions, allowed)[0]

        def ask(some: Sequence[Question], by_itself: bool) -> gpu_retry.CardAnswers:
            if by_itself:
                self._unloadable.pop(topic, None)  # its import may have been what found no memory
            answers, crowded = self._answers(topic, some, allowed, alone if by_itself else None)
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
        self, topic: str, questions: Sequence[Question], limits: Limits, children: Children | None = None
    ) -> gpu_retry.CardAnswers:
        crowded = False
        for _ in range(TRIES):
            answers: list[Answer] = []
            try:
                self._ask(topic, questions, limits, answers, children or self._children)
            except AnswerError as error:
                self._end()
                if self._lacks_compiler(error.failed):
                    self._start_over_with_compiler()
                    continue
                answers.append(error.failed)
                crowded = error.crowded
            except LostError:
                self._end()
                continue
            except BaseException:
                self._end()
                raise
            return _filled_up(answers, len(questions)), crowded or any(map(gpu_retry.ran_short, answers))
        lost = Failed(Verdict.DIED, end=CallEnd("killed_from_outside", used=TRIES))
        return (lost,) * len(questions), False

    def _ask(
        self, topic: str, questions: Sequence[Question], limits: Limits, answers: list[Answer], children: Children
    ) -> None:
        if not questions:
            return
        if self._left <= 0:
            raise AnswerError(Failed(Verdict.TIMED_OUT, end=_used_up(self._limits)))
        talk = None if topic in self._unloadable else self._loaded(topic, limits, children)
        if talk is None:
            answers.extend([self._unloadable[topic]] * len(questions))
            self.printed = ""
            return
        before = talk.used()
        try:
            talk.ask(topic, questions, answers)
        finally:
            self._left -= talk.used() - before
            self.printed, talk.printed = talk.printed, ""

    def _loaded(self, topic: str, limits: Limits, children: Children) -> Talk | None:
        """A child in which the topic's module runs; None where it does not, which is not tried again.

        Where a statement ends the child, or never ends, a second child runs the module without it.
        """
        talk = self._under(limits, children)
        talk.allow(self._left, limits)
        if talk.has(topic):
            return talk
        loading = self._load(talk, topic)
        if loading.failed and loading.ended_at and topic not in self.endless:
            self.endless[topic] = (loading.ended_at,)
            self.stops[topic] = replace(loading.failed, line=loading.ended_at[0])
            talk = self._under(limits, children)
            talk.allow(self._left, limits)
            loading = self._load(talk, topic)
        if loading.failed:
            self._unloadable[topic] = replace(loading.failed, phase="loading")
            return None
        if loading.stop:
            self.stops.setdefault(topic, loading.stop)
        return talk

    def _load(self, talk: Talk, topic: str) -> Loading:
        """What comes of running the module. Raises `AnswerError` where a card was short of memory for others' sake."""
        try:
            loading = talk.load(Load(0, topic, self._sources[topic], self._modules, self.endless.get(topic, ())))
        except AnswerError as error:
            self._end()
            if error.crowded or self._lacks_compiler(error.failed):
                raise
            return Loading(error.failed, ended_at=talk.begun)
        finally:
            self._left -= talk.used()
        return Loading(loading.stop) if loading.stop and gpu_retry.ran_short(loading.stop) else loading

    def _lacks_compiler(self, failed: Failed) -> bool:
        """Whether a child ended because its code asks for what only others have imported ahead."""
        return not self._has_compiler and failed.end == CallEnd("exited", code=LACKS_COMPILER)

    def _start_over_with_compiler(self) -> None:
        """From now on in children that have it. What the first one used is nobody's time."""
        self._children, self._has_compiler = self._children.with_compiler, True
        self._left = self._limits.submission_seconds

    def _under(self, limits: Limits, children: Children) -> Talk:
        """The child, if there is one that lives under these limits; or a fresh one."""
        if self._talk and self._talk.room != room(limits):
            self._end()
        self._talk = self._talk or self._fresh(limits, children)
        return self._talk

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


def _used_up(limits: Limits) -> CallEnd:
    return CallEnd("submission", limits.submission_seconds, limits.submission_seconds)


def _filled_up(answers: list[Answer], count: int) -> tuple[Answer, ...]:
    """Those that were not asked share the fate of the last one that was."""
    missing = count - len(answers)
    if missing and isinstance(answers[-1], Failed):
        answers += [unasked_after(answers[-1])] * missing
    return tuple(answers)
