"""How much of a card is used, and by which process: the one place that asks the driver's management library.

The library speaks of the processes of the machine. In a container it may number them otherwise, or name none; whoever
reads a meter must not take another's number for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from grader.model.errors import SandboxError
from grader.sandbox.gpu.cards import Card

MB = 1 << 20
REPAIR = "the card's memory cannot be watched: {}. Install nvidia-ml-py (pip install 'd2l-grader[gpu]')"


@dataclass(frozen=True, slots=True)
class CardMemory:
    """Megabytes of a card: all there are, those in use, and those of each process that is named."""

    total: float
    used: float
    by_process: Mapping[int, float] = field(default_factory=dict)


Meter = Callable[[], CardMemory]


def meter_of(card: Card) -> Meter:
    """The meter of a card. Raises `SandboxError` where the library is not there or does not know the card."""
    try:
        nvml = import_module("pynvml")
        nvml.nvmlInit()
        handle = nvml.nvmlDeviceGetHandleByUUID(card.uuid) if card.uuid else nvml.nvmlDeviceGetHandleByIndex(card.index)
        nvml.nvmlDeviceGetMemoryInfo(handle)
    except Exception as error:  # the library has an exception of its own, and may itself be missing
        raise SandboxError(REPAIR.format(error)) from None

    def read() -> CardMemory:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
        used = {each.pid: each.usedGpuMemory / MB for each in processes if each.usedGpuMemory is not None}
        return CardMemory(memory.total / MB, memory.used / MB, used)

    return read
