"""Random inputs of a case."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from grader.model.value import Dtype, Generator


class Draw:
    """The inputs of one case, drawn anew for each seed.

    Everything floating is drawn in float64 and rounded to the question's dtype afterwards. Two cases, or two
    exercises, never share their numbers.
    """

    def __init__(self, seed: int, *names: str):
        digest = hashlib.blake2b("/".join((str(seed), *names)).encode(), digest_size=8).digest()
        self._generator = torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self._generator, dtype=torch.float64)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Numbers between `low` and `high`."""
        return low + (high - low) * torch.rand(shape, generator=self._generator, dtype=torch.float64)

    def integers(self, *shape: int, low: int = 0, high: int) -> torch.Tensor:
        """int64 numbers from `low` up to, not including, `high`."""
        return torch.randint(low, high, shape, generator=self._generator)

    def integer(self, low: int, high: int) -> int:
        """One Python integer from `low` up to, not including, `high`."""
        return int(torch.randint(low, high, (), generator=self._generator))

    def permutation(self, n: int) -> torch.Tensor:
        """0 … n-1 in random order, int64."""
        return torch.randperm(n, generator=self._generator)

    def tensor(self, data: Any) -> torch.Tensor:
        """These very numbers, as a floating tensor."""
        return torch.tensor(data, dtype=torch.float64)

    def full(self, *shape: int, value: float) -> torch.Tensor:
        """One number everywhere; costs nothing in a key."""
        return torch.full(shape, value, dtype=torch.float64)

    def every_second(self, x: torch.Tensor) -> torch.Tensor:
        """The same numbers, as a non-contiguous view of every second column of a larger tensor."""
        wide = torch.zeros((*x.shape[:-1], 2 * x.shape[-1]), dtype=x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]

    def generator(self) -> Generator:
        """A `torch.Generator` with a seed of its own."""
        return Generator(self.integer(1, 2**31))

    @property
    def dtype(self) -> Dtype:
        """The dtype in which the question is asked, for functions that take one."""
        return Dtype("question")
