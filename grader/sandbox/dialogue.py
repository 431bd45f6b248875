"""A conversation with one child, every step of it against the clock.

The child may be slow, silent, dead or lying. Each of these ends the conversation in `AnswerError`, which says what
became of the question at hand. `LostError` is the one end that is not the student's doing: the processes were killed
from outside.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.model.statements import StatementPlace
from grader.model.vocabulary import EndKind
from grader.sandbox.brief import brief
from grader.sandbox.clock import Deadline
from grader.sandbox.gpu_retry import ran_short
from grader.sandbox.processes import Child, Ending
from grader.sandbox.protocol.messages import (
    AskRequest,
    ClosedError,
    Load,
    Pulse,
    Reply,
    Request,
    WireError,
    encode_request,
    read_reply,
    unpacked,
)

PATIENCE = 1.0
AT_ONCE = 1 << 16
LULL = 0.001
SHORTEST_WAIT = 0.005


class AnswerError(Exception):
    """The conversation is over; `failed` is what became of the question at hand.

    crowded: it was for want of memory, on a card that others used too.
    """

    def __init__(self, failed: Failed, crowded: bool = False) -> None:
        super().__init__(brief(failed))
        self.failed, self.crowded = failed, crowded


class LostError(Exception):
    """The child is gone and its student has nothing to do with it.

    layer: it could not be locked down. short: it found no memory, or was killed.
    """

    def __init__(self, reason: str, layer: bool = False, short: bool = False) -> None:
        super().__init__(reason)
        self.layer, self.short = layer, short


@dataclass(frozen=True)
class Loading:
    """What came of loading a module. failed: why it cannot be asked. stop: what stopped its file before its end.

    ended_at: the statement that ended the child, or never ended.
    """

    failed: Failed | None = None
    stop: Failed | None = None
    ended_at: StatementPlace | None = None


class Talk:
    """What has been said to one child. No step goes on past the nearest of its deadlines."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self.child = child
        self._limits = limits
        self.room = room(limits)
        self._cpu_seconds = limits.cpu_seconds
        self.printed = ""
        self._number = 0
        self._room = limits.answer_bytes
        self._loaded: set[str] = set()
        self.begun: StatementPlace | None = None
        self._now = self._began = child.clock.read()
        self._outer: tuple[Deadline, ...] = ()
        self._deadlines: tuple[Deadline, ...] = ()
        self._arrived = b""
        self._ending: Ending | None = None

    def allow(self, left: float, limits: Limits) -> None:
        """Starts the clock of an exercise, of a submission that has `left` seconds left."""
        self._limits, self._room = limits, limits.answer_bytes
        self._now = self._began = now = self.child.clock.read()
        self._outer = (
            Deadline(now, left, "submission", limits.submission_seconds),
            Deadline(now, limits.exercise_seconds, "exercise"),
        )

    def used(self) -> float:
        """Seconds that were counted between `allow` and the last word of the child."""
        return self._now.counted - self._began.counted

    def has(self, topic: str) -> bool:
        """Whether the topic's module is loaded."""
        return topic in self._loaded

    def wait_until_ready(self) -> None:
        """The child's first word, before any code of a student's has run. `LostError` where it is another one."""
        try:
            failed = self._receive(0, 0, self._limits.start_seconds, "start")
        except AnswerError as error:
            raise LostError(str(error)) from None
        if isinstance(failed, Failed):
            short = failed.verdict is Verdict.OUT_OF_MEMORY
            raise LostError(failed.message, layer="LockdownError" in failed.error, short=short)

    def load(self, load: Load) -> Loading:
        """Runs a module. Where it ends the child or never ends, `begun` is the statement that did it."""
        self._number += 1
        self.begun, begun, stop = None, 0, None
        seconds = self._limits.import_seconds
        self._send(replace(load, number=self._number), seconds, "import")
        self._start(seconds, "import")
        while True:
            reply = self._reply_to(self._number)
            if isinstance(reply.answer, Returned):
                raise AnswerError(_forged("an answer to no question"))
            if not reply.place:
                break
            if reply.answer is None and reply.place > begun:
                begun, self.begun = reply.place, unpacked(reply.place)
            elif reply.answer and not stop:
                stop = reply.answer
            else:
                raise AnswerError(_forged("an answer out of turn"))
        if reply.answer is None:
            self._loaded.add(load.topic)
        return Loading(reply.answer, stop)

    def ask(self, topic: str, questions: Sequence[Question], answers: list[Answer]) -> None:
        """Appends one answer for each question as it comes in."""
        self._number += 1
        seconds = self._limits.question_seconds
        self._send(AskRequest(self._number, topic, tuple(questions)), seconds, "question")
        for place, question in enumerate(questions):
            answer = self._receive(self._number, place, seconds, "question")
            if answer is None or not _answers_to(question, answer):
                raise AnswerError(_forged("an answer to another question"))
            answers.append(answer)

    def end(self, patience: float = 0.0) -> Ending:
        """Kills the child, unless it dies by itself while there is patience."""
        if self._ending is None:
            self._ending = self.child.end(patience)
        return self._ending

    def _send(self, request: Request, seconds: float, kind: EndKind) -> None:
        """Hands a request over, to a child that may never read it. The clock was read by `allow`."""
        rest = memoryview(encode_request(request))
        self._start(seconds, kind)
        while rest:
            try:
                self.child.line.settimeout(self._left())
                rest = rest[self.child.line.send(rest) :]
            except TimeoutError:
                self._now = self.child.clock.read()
            except OSError:
                raise self._gone() from None

    def _receive(self, number: int, place: int, seconds: float, kind: EndKind) -> Answer | None:
        """The next reply, which must be to this question; half a reply and then silence is silence."""
        self._start(seconds, kind)
        reply = self._reply_to(number)
        if reply.place != place:
            raise AnswerError(_forged("an answer out of turn"))
        return reply.answer

    def _reply_to(self, number: int) -> Reply:
        """The next reply, which must be to this request, before the deadline of this step."""
        reply = self._next_reply()
        if reply.number != number:
            raise AnswerError(_forged("an answer out of turn"))
        self.printed += reply.printed
        self._room -= reply.size
        return replace(reply, answer=self._with_limit(reply.answer)) if isinstance(reply.answer, Failed) else reply

    def _next_reply(self) -> Reply:
        """The next frame that is an answer. What a child that is believed says of itself goes to its clock."""
        while True:
            try:
                reply = read_reply(self._some_bytes, self._room, pulses=self.child.is_believed)
            except (ClosedError, OSError):
                raise self._gone() from None
            except WireError as error:
                raise AnswerError(_forged(str(error))) from None
            if isinstance(reply, Reply):
                return reply
            self._heed(reply)

    def _heed(self, pulse: Pulse) -> None:
        self.child.clock.report(pulse.computed, pulse.importing)
        self._now = self.child.clock.read()

    def _with_limit(self, answer: Answer | None) -> Answer | None:
        """A child that finds no memory does not know how much it might have had."""
        if ran_short(answer):
            return replace(answer, end=CallEnd("card_memory", self._limits.gpu_memory_mb or None))
        if isinstance(answer, Failed) and answer.verdict is Verdict.OUT_OF_MEMORY:
            return replace(answer, end=CallEnd("memory", self._limits.memory_mb or None, self.child.memory_mb()))
        return answer

    def _some_bytes(self, most: int) -> bytes:
        """What has arrived: most replies are small, and come in one piece, several of them if one waits a little."""
        if not self._arrived:
            time.sleep(LULL)  # to be woken for each of them takes both processes longer than to read it
            self._arrived = self._received(max(most, AT_ONCE))
        some, self._arrived = self._arrived[:most], self._arrived[most:]
        return some

    def _received(self, most: int) -> bytes:
        """The next bytes, and the time at which they were here: the question after them starts then."""
        while True:
            self.child.line.settimeout(self._left())
            try:
                received = self.child.line.recv(most)
            except TimeoutError:
                received = None
            self._now = self.child.clock.read()
            if received is not None:
                return received

    def _start(self, seconds: float, kind: EndKind) -> None:
        """Starts the clock of one step, at the time that was read last."""
        self._deadlines = (Deadline(self._now, seconds, kind), *self._outer)

    def _left(self) -> float:
        """Seconds of the wall that the child may take at least. Raises `AnswerError` where its time is up."""
        now, nearest = self._now, math.inf
        for deadline in self._deadlines:
            nearest = min(nearest, deadline.left(now))
        if nearest <= 0:
            raise AnswerError(self._timed_out())
        for deadline in self._deadlines:
            if deadline.is_past_all_patience(now):
                raise AnswerError(Failed(Verdict.NOT_GRADED, end=deadline.given_up(now)))
        return max(nearest, SHORTEST_WAIT)

    def _timed_out(self) -> Failed:
        deadline = min(self._deadlines, key=lambda deadline: deadline.left(self._now))
        return Failed(Verdict.TIMED_OUT, end=deadline.reached(self._now, self.child.clock.is_stopped()))

    def _gone(self) -> Exception:
        """What ended the child: itself, a limit, or somebody outside."""
        ending = self.end(PATIENCE)
        used, most = ending.memory_mb, self._limits.memory_mb
        if ending.excess:
            return AnswerError(Failed(ending.excess.verdict, end=ending.excess.end), ending.excess.crowded)
        if ending.killed:
            return AnswerError(_forged("nothing: it closed its line"))
        if ending.status is None:
            return LostError("the process around it died")
        if ending.status < 0 and most and used > most / 2:
            return AnswerError(Failed(Verdict.OUT_OF_MEMORY, end=CallEnd("memory", most, used)))
        if ending.status == -9 and ending.cpu_seconds >= self._cpu_seconds:
            end = CallEnd("processor", self._cpu_seconds, ending.cpu_seconds)
            return AnswerError(Failed(Verdict.TIMED_OUT, end=end))
        if ending.status == -9:
            return LostError("the process was killed from outside", short=True)
        kind: EndKind = "exited" if 0 <= ending.status < 256 else "signalled"
        return AnswerError(Failed(Verdict.DIED, end=CallEnd(kind, code=abs(ending.status))))


def room(limits: Limits) -> tuple[int, int, int]:
    """What a child is told when it starts, and holds to for the rest of its life."""
    return limits.memory_mb, limits.gpu_memory_mb, limits.answer_mb


def _forged(what: str) -> Failed:
    return Failed(Verdict.DIED, end=CallEnd("broke_off", text=what))


def _answers_to(question: Question, answer: Answer) -> bool:
    """Whether an answer has the parts that the question asks for."""
    if isinstance(answer, Failed):
        return True
    if question.gradients:
        as_many = len(answer.gradients) == len(question.gradients) and len(answer.values) == question.with_value
        return as_many and not answer.after
    return (
        len(answer.values) == len(question.calls) and len(answer.after) == len(question.after) and not answer.gradients
    )
