"""Which device a class is asked on, and whether it can be there."""

from __future__ import annotations

import os
from dataclasses import dataclass

from grader.model.errors import SandboxError, ShortageError, UsageError
from grader.model.limits import Limits
from grader.model.question import Question, Returned
from grader.sandbox.gpu.cards import Card, cards
from grader.sandbox.session import Sandbox

INSTEAD = {
    True: "Say --device sim, or --device cpu.",
    False: "Say --device sim, or --trust-submissions in a container that holds nothing else.",
}

_PROBE = "import torch\ndef count():\n    return torch.cuda.device_count() if torch.cuda.is_available() else 0\n"


def resolved(device: str, sandbox: Sandbox) -> str:
    """The device to ask on. Raises `UsageError` where the sandbox has no such GPU."""
    if not device.startswith(("cuda", "auto")):
        return device
    with sandbox.submission({"probe": _PROBE}) as child:
        (answer,) = child.ask("probe", (Question("count"),))
    there = int(answer.values[0]) if isinstance(answer, Returned) and type(answer.values[0]) is int else 0
    if device == "auto":
        return "cuda" if there else "cpu"
    if _index(device) >= there:
        raise UsageError(_missing(device, f"the sandbox sees {_gpus(there)}"))
    return device


@dataclass(frozen=True)
class Placement:
    """Where a class is asked: the device as a report names it and as questions do, its cards, the walls around it.

    note: why no card is used, where one would have been welcome.
    """

    name: str
    device: str
    cards: tuple[Card, ...]
    layers: tuple[str, ...]
    note: str = ""


def place_for(device: str, limits: Limits, trust: bool) -> Placement:
    """Where to ask submissions. Raises `UsageError` where there is no such card, or none that works in a sandbox."""
    there = cards(visible=os.environ.get("CUDA_VISIBLE_DEVICES")) if device.startswith(("cuda", "auto")) else ()
    wanted = there[_index(device) :][:1] if ":" in device else there
    if device.startswith("cuda") and not wanted and not trust:
        raise UsageError(_missing(device, f"this machine has {_gpus(len(there))}"))
    note = ""
    if wanted:
        try:
            usable, layers = _tried(wanted, limits, trust)
            return Placement(device if ":" in device else "cuda", "cuda", usable, layers)
        except ShortageError:
            raise
        except SandboxError as error:
            if device != "auto":
                raise UsageError(f"{device} does not work in the sandbox: {error}. {INSTEAD[trust]}") from None
            note = f"No GPU is used: {error}."
    with Sandbox.start(limits, trust=trust) as sandbox:
        name = "cpu" if note or (device == "auto" and not trust) else resolved(device, sandbox)
        return Placement(name, name, (), sandbox.layers, note)


def _tried(wanted: tuple[Card, ...], limits: Limits, trust: bool) -> tuple[tuple[Card, ...], tuple[str, ...]]:
    """The cards with as few files as the first of them works with, and the layers around it then."""
    with_tools = tuple(card.with_tools() for card in wanted)
    try:
        with Sandbox.start(limits, trust=trust, card=wanted[0]) as sandbox:
            return wanted, sandbox.layers
    except SandboxError:
        if trust or with_tools == wanted:
            raise
    with Sandbox.start(limits, trust=trust, card=with_tools[0]) as sandbox:
        return with_tools, sandbox.layers


def _index(device: str) -> int:
    return int(device.partition(":")[2] or 0)


def _gpus(count: int) -> str:
    return {0: "no GPU", 1: "one GPU"}.get(count, f"{count} GPUs")


def _missing(device: str, seen: str) -> str:
    return f"There is no {device} here: {seen}. {INSTEAD[True]}"
