"""A conversation with one child, every step of it against the clock.

The child may be slow, silent, dead or lying. Each of these ends the conversation in `Trouble`, which says what became
of the question at hand. `Lost` is the one end that is not the student's doing: somebody outside killed the processes.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence

from grader.question import Answer, Failed, Question
from grader.sandbox.launch import Child, Ending
from grader.sandbox.limits import Limits
from grader.sandbox.wire import Ask, Closed, Load, Request, WireError, encode_request, read_reply
from grader.verdict import Verdict

PATIENCE = 1.0


class Trouble(Exception):
    """The conversation is over; `failed` is what became of the question at hand."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


class Lost(Exception):
    """The child is gone and its student has nothing to do with it."""


class Talk:
    """What has been said to one child. No step takes longer than its limit, nor than what is granted in all."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self._child = child
        self._limits = limits
        self._number = 0
        self._loaded: set[str] = set()
        self._granted = limits.submission_seconds
        self._started = time.monotonic()
        self._deadline = self._started
        self._ending: Ending | None = None

    def grant(self, seconds: float) -> None:
        """Starts the clock of the whole submission, which has `seconds` left."""
        self._granted, self._started = seconds, time.monotonic()

    def spent(self) -> float:
        """Seconds since the clock was started."""
        return time.monotonic() - self._started

    def wait_until_ready(self) -> None:
        """The child's first word, before any code of a student's has run. `Lost` where it is another one."""
        self.grant(self._limits.start_seconds)
        try:
            failed = self._receive(0, 0, self._limits.start_seconds, "starting")
        except Trouble as trouble:
            raise Lost(str(trouble)) from None
        if isinstance(failed, Failed):
            raise Lost(failed.message)

    def load(self, topic: str, source: str) -> Failed | None:
        """Runs a module, once; what came of it where it does not run."""
        if topic in self._loaded:
            return None
        self._number += 1
        seconds = self._limits.import_seconds
        self._send(Load(self._number, topic, source), seconds, "running the module's source")
        answer = self._receive(self._number, 0, seconds, "running the module's source")
        if answer is None:
            self._loaded.add(topic)
            return None
        if isinstance(answer, Failed):
            return answer
        raise Trouble(_forged("an answer to no question"))

    def ask(self, topic: str, questions: Sequence[Question], answers: list[Answer]) -> None:
        """Appends one answer for each question as it comes in."""
        self._number += 1
        seconds = self._limits.question_seconds
        self._send(Ask(self._number, topic, tuple(questions)), seconds, "one question")
        for place, question in enumerate(questions):
            answer = self._receive(self._number, place, seconds, "one question")
            if answer is None or not _answers_to(question, answer):
                raise Trouble(_forged("an answer to another question"))
            answers.append(answer)

    def end(self, patience: float = 0.0) -> Ending:
        """Kills the child, unless it dies by itself while there is patience."""
        if self._ending is None:
            self._ending = self._child.end(patience)
        return self._ending

    def _send(self, request: Request, seconds: float, what: str) -> None:
        frame = encode_request(request)
        self._start(seconds)
        try:
            self._child.line.settimeout(self._left())
            self._child.line.sendall(frame)
        except TimeoutError:
            raise self._timed_out(seconds, what) from None
        except OSError:
            raise self._gone() from None

    def _receive(self, number: int, place: int, seconds: float, what: str) -> Answer | None:
        """The next reply, which must be to this question; half a reply and then silence is silence."""
        self._start(seconds)
        try:
            reply = read_reply(self._some_bytes, self._limits.answer_bytes)
        except TimeoutError:
            raise self._timed_out(seconds, what) from None
        except (Closed, OSError):
            raise self._gone() from None
        except WireError as error:
            raise Trouble(_forged(str(error))) from None
        if (reply.number, reply.place) != (number, place):
            raise Trouble(_forged("an answer out of turn"))
        return reply.answer

    def _some_bytes(self, most: int) -> bytes:
        self._child.line.settimeout(self._left())
        return self._child.line.recv(most)

    def _start(self, seconds: float) -> None:
        self._deadline = min(time.monotonic() + seconds, self._started + self._granted)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _timed_out(self, seconds: float, what: str) -> Trouble:
        if self.spent() >= self._granted:
            text = f"the {self._limits.submission_seconds:g} s of the whole submission are used up"
        else:
            text = f"stopped after {seconds:g} s, which is what {what} may take"
        return Trouble(Failed(Verdict.TIMED_OUT, message=text))

    def _gone(self) -> Exception:
        """What ended the child: itself, a limit, or somebody outside."""
        ending = self.end(PATIENCE)
        used, most = ending.memory_mb, self._limits.memory_mb
        if ending.killed:
            return Trouble(_forged("nothing: it closed its line"))
        if ending.status is None:
            return Lost("the process around it died")
        if ending.status < 0 and most and used > most / 2:
            text = f"the process crashed with {used:.0f} MB in use; {most} MB is what it may use"
            return Trouble(Failed(Verdict.OUT_OF_MEMORY, message=text))
        if ending.status == -9 and ending.cpu_seconds >= self._limits.cpu_seconds:
            text = f"stopped after {ending.cpu_seconds:.0f} s of processor time"
            return Trouble(Failed(Verdict.TIMED_OUT, message=text))
        if ending.status == -9:
            return Lost("the process was killed from outside")
        return Trouble(Failed(Verdict.DIED, message=f"the process {_end_in_words(ending.status)}"))


def _end_in_words(status: int) -> str:
    if 0 <= status < 256:
        return f"ended itself (exit code {status})"
    name = signal.strsignal(-status) if status < 0 else f"{status:#x}"  # Windows says so
    return f"crashed ({name})"


def _forged(what: str) -> Failed:
    return Failed(Verdict.DIED, message=f"the process broke off: instead of its answer it sent {what}")


def _answers_to(question: Question, answer: Answer) -> bool:
    """Whether an answer has the parts that the question asks for."""
    if isinstance(answer, Failed):
        return True
    if question.gradients:
        return len(answer.gradients) == len(question.gradients) and not answer.values and not answer.after
    return (
        len(answer.values) == len(question.calls) and len(answer.after) == len(question.after) and not answer.gradients
    )
