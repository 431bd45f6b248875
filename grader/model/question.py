"""Questions and answers: the only two things that pass between a key and whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.model.fact import CallEnd
from grader.model.operand import Operand
from grader.model.result import Verdict
from grader.model.value import Array, Opaque, Value, arrays_in
from grader.model.vocabulary import Phase

FRESH = 0
DEVICE_ERROR = "DeviceError"
"""The class of the error that the simulated device raises; it explains itself, so nothing is put before its message."""


@dataclass(frozen=True, slots=True)
class Question:
    """One function applied to one set of arguments.

    calls: one entry a call. A number gives every generator (and the global ones) a new start, shifted
        by it; None lets them go on. Tensors are fresh in every call. What is not about several calls
        (gradients, arguments afterwards, observations) is about the first.
    gradients: the arguments whose gradients are wanted, as paths (`[0]`, `['weight'][1]`); `cotangents`
        holds one array for each floating tensor of the right answer, in order.
    with_value: whether the value of the call whose gradients are wanted is, too.
    after: the arguments wanted back as they are afterwards.
    driver: public source of `drive(function, *args, **kwargs)`, whose value is the answer.
    count: whether operators and opcodes are counted.
    forbid: canonical names of functions whose calls are noted.
    device: where it is asked: cpu, cuda, cuda:1, …, with +tf32 if that is allowed, or sim, the simulated device.
    """

    function: str
    args: tuple[Value, ...] = ()
    kwargs: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 0
    calls: tuple[int | None, ...] = (FRESH,)
    gradients: tuple[str, ...] = ()
    cotangents: tuple[Array, ...] = ()
    after: tuple[str, ...] = ()
    driver: str = ""
    count: bool = False
    forbid: tuple[str, ...] = ()
    device: str = "cpu"
    with_value: bool = False

    @property
    def named(self) -> dict[int | str, Value]:
        """All arguments by place or name: what the paths of a question lead through."""
        places: dict[int | str, Value] = dict(enumerate(self.args))
        return places | dict(self.kwargs)


OF_GRADIENTS = ".requires_grad"
"""How the path of an argument ends whose numbers are as they were, but which requires a gradient now."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was measured beside the student's code. A determined student can forge it; numbers they cannot.

    changed: the paths of arguments that are not as they were.
    elsewhere: leaves of the answer that lie on another device than the question's, each with what is known of it.
    """

    changed: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    operators: int = 0
    opcodes: int = 0
    forbidden: tuple[tuple[str, int | None], ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """The answer of a call that came back: a value for each call; a gradient is None where nothing
    flows, and opaque where the answer has another shape than the cotangents."""

    values: tuple[Value, ...]
    gradients: tuple[Array | Opaque | None, ...] = ()
    after: tuple[Value, ...] = ()
    observed: Observed = Observed()


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer of a call that did not: `error` names the exception's classes, most special first.

    phase: loading, where the file, or the cell that should have defined the function, could not be run and no call was
    made; driver, where what came back cannot be used as the exercise's driver uses it.
    operands: what met where sizes do not fit, as far as the child can tell.
    asked: False where the question was never put, since an earlier one ended the exercise.
    end: what ended the call from outside.
    Only the parent says these two: the fields do not travel, and no child can claim them.
    """

    verdict: Verdict
    error: tuple[str, ...] = ()
    message: str = ""
    line: int | None = None
    phase: Phase = "call"
    operands: tuple[Operand, ...] = ()
    asked: bool = True
    end: CallEnd | None = None


Answer = Returned | Failed
Ask = Callable[[Question], Answer]


def unasked_after(ended: Failed) -> Failed:
    """The answer to a question that was not asked, because an earlier one ended the exercise in this way."""
    return replace(ended, asked=False) if ended.asked else ended


def signature(failed: Failed) -> str:
    """A failure without its numbers, so that it is recognised on other shapes."""
    digits = str.maketrans("", "", "0123456789.-")
    return f"{failed.verdict} {' '.join(failed.error[:1])} {failed.message.translate(digits)}"


def array_bytes(answer: Answer) -> int:
    """How much of the room for arrays an answer takes."""
    return sum(len(array.data) for array in arrays_of(answer))


def arrays_of(answer: Answer | None) -> Iterator[Array]:
    """The arrays of an answer, in the order in which they are sent."""
    return arrays_in((answer.values, answer.gradients, answer.after)) if isinstance(answer, Returned) else iter(())
