"""Any arguments that a stub allows.

A draw has two sources. Its choices (how many axes, which kind of numbers, whether a flag is left out) belong to the
page: they are the same at home and in class. Its numbers and its sizes above one come from the seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grader.course.draw import Draw
from grader.model.value import Generator

MIXED = "ordinary"
KINDS = (
    "positive", "negative", "ties", "zeros", "zero", "tiny", "small", "large", "huge", "apart", "far", "+inf", "-inf",
)  # fmt: skip
"""What may be special about numbers: one sign, equal ones, some or all of them zero, squares that vanish, 1e-5, an exp
that overflows, squares that overflow, magnitudes far apart, far from zero, infinities."""
WORDS = {"inf": ("+inf", "-inf"), "empty": (), "single": (), "strided": ()}
SIZES = (2, 3, 4, 5)
MANY = {1: (2000,), 2: (40, 50), 3: (10, 12, 17), 4: (5, 6, 8, 9)}
NEAR = 0.02
LARGEST_POWER, SMALLEST_POWER = 0.6, 0.6  # powers of the largest and the smallest number whose squares are out of reach
LEFT_OUT = type("LeftOut", (), {"__repr__": lambda self: "LEFT_OUT"})()
"""An argument that is not given."""


class Unfit(Exception):
    """These choices do not go together: another draw is made."""


@dataclass(frozen=True)
class OwnDtype:
    """A tensor that keeps its dtype, whatever the question's is."""

    tensor: torch.Tensor


class DomainDraw(Draw):
    """Draws arguments. `precision` is the dtype in which they will be asked; `value_only` says that no gradient is."""

    def __init__(self, page: str, number: int, dtypes: Sequence[str], seed: int, attempt: int = 0):
        super().__init__(seed, page, "domain", str(number), str(attempt))
        self._choices = random.Random(f"{page}/{number}")
        self.precision = self._choices.choice(dtypes)
        self.asks_gradient = True
        self.error: str | None = None

    left_out = LEFT_OUT

    # Words for what must go together.

    def require(self, condition: object) -> None:
        """Gives this draw up where the condition does not hold."""
        if not condition:
            raise Unfit

    def value_only(self, condition: object = True) -> None:
        """No gradient is asked of these arguments, since the stub promises none."""
        self.asks_gradient = self.asks_gradient and not condition

    def raises(self, error: str, condition: object = True) -> None:
        """Where the condition holds, the stub promises this error and no answer."""
        self.error = error if condition else self.error

    def pick(self, *options: Any) -> Any:
        """One of these."""
        return self._choices.choice(options)

    def integer(self, low: int, high: int) -> int:
        """One Python integer from `low` up to, not including, `high`; a choice, so the same for every seed."""
        return self._choices.randrange(low, high)

    def flag(self, left_out: bool = True) -> Any:
        """True, False, or left out."""
        return self.pick(True, False, *[LEFT_OUT] * left_out)

    def generator(self, none: bool = True, left_out: bool = True) -> Any:
        """A generator with a seed of its own, None, or left out."""
        return self.pick(Generator(int(self.integers(high=2**31)) + 1), *[None] * none, *[LEFT_OUT] * left_out)

    # Sizes, axes and numbers.

    def size(self, least: int = 0, most: int = 5) -> int:
        """A size: 0, 1 or more, from `least` on."""
        thin = [each for each in (0, 1) if each >= least]
        if thin and self._choices.random() < 0.3:
            return int(self.pick(*thin))
        return int(self.integers(low=max(2, least), high=max(2, least, most) + 1))

    def axis(self, X: torch.Tensor, least: int = 0) -> int:
        """An axis of X from the front or, below 0, from the back; its size is at least `least`."""
        axis = self.pick(*range(X.dim())) if X.dim() else 0
        self.require(X.dim() and X.shape[axis] >= least)
        return int(axis - self.pick(0, X.dim()))

    def number(self, low: float, high: float, without: str = "") -> float | int:
        """A number between two ends: the ends (`without="low high"` excludes them), near them, the middle, with one
        digit and with more; a whole one may be an int."""
        ends = [end for word, end in (("low", low), ("high", high)) if word not in without.split()]
        kind = self.pick(*["end"] * bool(ends), "near", "middle", "digit", "digit", "digits", "digits")
        if kind == "end":
            end = self.pick(*ends)
            return int(end) if end == int(end) and self.pick(True, False) else float(end)
        if kind == "near":
            share = float(self.pick(NEAR, 1 - NEAR))
            return low + share * (high - low)
        if kind == "middle":
            return (low + high) / 2
        share = float(self.uniform(low=0.06, high=0.94))
        inside = low + share * (high - low)
        digit = round(inside, 1)
        return digit if kind == "digit" and low < digit < high else inside

    def labels(self, n: int, q: int) -> torch.Tensor:
        """n classes from 0 to q - 1, int64: any, all the same, the first and the last among them."""
        y = self.integers(n, high=max(q, 1))
        kind = self.pick("any", "same", "ends")
        if n and kind == "same":
            return torch.full((n,), int(y[0]))
        if n > 1 and kind == "ends":
            y[0], y[-1] = 0, q - 1
        return y

    # Tensors.

    def any(
        self, *shape: int, axes: tuple[int, int] | None = None, least: int = 0, without: str = "", also: str = ""
    ) -> torch.Tensor:
        """A floating tensor of any kind: of this shape, or with so many axes, whose sizes are at least `least`.

        without: kinds (`KINDS`, `inf`), sizes (`empty`, `single`) and layouts (`strided`) that the stub excludes.
        also: kinds that it wants more often.
        """
        absent = _known(without)
        if axes is not None:
            shape = self._shape(axes, max(least, 1 * ("empty" in absent), 2 * ("single" in absent)))
        kinds = [kind for kind in KINDS if kind not in absent]
        kind = MIXED if not kinds or self._choices.random() < 0.3 else self.pick(*kinds, *_known(also))
        x = self._numbers(shape, kind)
        return x if "strided" in absent else self.laid_out(x)

    def like(self, x: torch.Tensor, without: str = "") -> torch.Tensor:
        """Another tensor of the same shape."""
        return self.any(*x.shape, without=without)

    def many(self, axes: tuple[int, int] = (1, 4)) -> torch.Tensor:
        """About two thousand equal numbers, not zero: enough for a law, and nearly nothing in a key."""
        sizes = list(MANY[self.integer(axes[0], axes[1] + 1)])
        self._choices.shuffle(sizes)
        return self.full(*sizes, value=self.pick(2.0, -1.5, 0.5, 3.0))

    def laid_out(self, x: torch.Tensor) -> torch.Tensor:
        """The same numbers contiguous, transposed, or with gaps."""
        layout = self.pick("plain", "plain", "plain", "transposed", "every second")
        if layout == "transposed" and x.dim() > 1:
            order = list(range(x.dim()))
            self._choices.shuffle(order)
            back = [order.index(axis) for axis in range(x.dim())]
            return x.permute(order).contiguous().permute(back)
        return self.every_second(x) if layout == "every second" and x.dim() else x

    def whole(self, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """An integer tensor, which keeps its dtype: small numbers, the same everywhere, beyond what float32 holds."""
        kind = dtype or self.pick(torch.int64, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
        x = self.integers(*shape, low=0 if kind is torch.uint8 else -9, high=10)
        special = self.pick("", "", "zero", "same", "large")
        if special == "large" and kind in (torch.int64, torch.int32):
            x = x * (2**41 if kind is torch.int64 else 2**26) // 7
        elif special == "zero":
            x = 0 * x
        elif special == "same" and x.numel():
            x = torch.full_like(x, int(x.flatten()[0]))
        return x.to(kind)

    def kept(self, x: torch.Tensor, *dtypes: torch.dtype) -> OwnDtype:
        """The same numbers in one of these dtypes, whatever the question's is."""
        return OwnDtype(x.to(self.pick(*dtypes)))

    def mask(self, *shape: int) -> torch.Tensor:
        """True and False: both, or one alone."""
        share = self.pick(0.0, 1.0, 0.5, 0.5, 0.3, 0.7)
        return self.uniform(*shape).lt(share)

    def _shape(self, axes: tuple[int, int], least: int) -> tuple[int, ...]:
        count = self._choices.randrange(axes[0], axes[1] + 1)
        sizes = [SIZES[each] for each in self.permutation(len(SIZES))[:count].tolist()]
        kind = self.pick("differ", "differ", "equal", "one", "one", "none")
        thin = {"one": 1, "none": 0}.get(kind)
        if kind == "equal":
            sizes = sizes[:1] * count
        elif thin is not None and thin >= least and count:
            sizes[self._choices.randrange(count)] = thin
        return tuple(sizes)

    def _numbers(self, shape: tuple[int, ...], kind: str) -> torch.Tensor:
        x = self.normal(*shape)
        limits = torch.finfo(getattr(torch, self.precision))
        magnitude, half = 1 + 8 * self.uniform(*shape), self.precision in ("float16", "bfloat16")
        if kind == "positive":
            return x.abs() + 0.1
        if kind == "negative":
            return -x.abs() - 0.1
        if kind == "ties":
            return self.integers(*shape, low=-2, high=3).double()
        if kind == "zero":
            return x * 0
        if kind in ("zeros", "+inf", "-inf"):
            return x.masked_fill(self.uniform(*shape).lt(0.3), 0.0 if kind == "zeros" else float(kind))
        if kind in ("tiny", "huge"):
            scale = limits.tiny**SMALLEST_POWER if kind == "tiny" else limits.max**LARGEST_POWER
            return torch.mul(x.sign() * magnitude, scale)
        if kind == "apart":
            spread = 7 if half else 20  # powers of two
            return torch.mul(x.sign(), self.uniform(*shape, low=-spread, high=spread).exp2())
        over = math.log(limits.max) * 1.2  # exp of it overflows
        scaled = {
            "small": 1e-5 * x.sign() * magnitude,
            "large": over * x.sign() * magnitude,
            "far": (20 if self.precision == "float16" else 500) + x,
        }
        return scaled.get(kind, x)


def _known(words: str) -> frozenset[str]:
    """The kinds and sizes that these words name. Raises `ValueError` where one is unknown."""
    given = words.split()
    strange = [word for word in given if word not in KINDS and word not in WORDS]
    if strange:
        raise ValueError(f"there is no kind {strange[0]!r}; choose from {', '.join((*KINDS, *WORDS))}")
    return frozenset(given).union(*(WORDS.get(word, ()) for word in given))
