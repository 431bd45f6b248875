"""What d2l-grade sandbox does: tries every layer of the sandbox, and says what this machine can hold."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from grader.cli.common import plain_output
from grader.model.errors import SandboxError
from grader.sandbox.clock import FAIR
from grader.sandbox.probe import Layer, probe
from grader.sandbox.self_test import trial
from grader.sandbox.session import Sandbox

WIDTH = 200  # of a table that goes into a file
_USERS = (
    "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces=10000) or, in a container, start it "
    "with --security-opt seccomp=unconfined --security-opt apparmor=unconfined; as root without capabilities, start as "
    "an ordinary user (docker run --user)"
)
REPAIRS = {
    "namespaces": _USERS,
    "read-only root": "it comes with namespaces, from Linux 5.12 on",
    "landlock": "Linux 5.13 or later, with landlock in lsm=… of its command line (cat /sys/kernel/security/lsm)",
    "seccomp": "a kernel with CONFIG_SECCOMP_FILTER on x86-64 or aarch64; grade in a virtual machine that has one",
    "rlimits": "raise the hard limits of this account (ulimit -aH) to what grader/model/limits.py asks for",
    FAIR: "leave room in the limits of time, or grade where there is a /proc/self/schedstat that counts",
    "no privileges": "start d2l-grade as an ordinary user; a container's filter may deny what gives privileges up",
}
FAULT = "please report it with this table"


@dataclass(frozen=True)
class SandboxTrial:
    """What was found. refusal: why untrusted code cannot be run here; empty where it can."""

    layers: tuple[Layer, ...]
    refusal: str

    @property
    def possible(self) -> bool:
        return not self.refusal

    @property
    def missing(self) -> list[Layer]:
        return [layer for layer in self.layers if not layer.available]


def try_sandbox() -> SandboxTrial:
    """Each layer alone, then all of them around real children."""
    layers = probe()
    try:
        with Sandbox.start() as sandbox:
            limits = trial(sandbox)
    except SandboxError as error:
        return SandboxTrial(tuple(layers), str(error))
    broken = [layer for layer in limits if not layer.available]
    refusal = f"the {broken[0].name} does not hold: {broken[0].detail}" if broken else ""
    return SandboxTrial((*layers, *limits), refusal)


def print_table(outcome: SandboxTrial) -> None:
    """For a person: what was tried, what holds, and what to do about the rest."""
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, width=None if terminal else WIDTH)
    table = Table(box=SIMPLE if terminal and not plain_output() else None)
    for heading in ("layer", "in force", "tried", "seen"):
        table.add_column(heading, no_wrap=heading in ("layer", "in force"))
    for layer in outcome.layers:
        style = "" if layer.available else "red"
        table.add_row(layer.name, "yes" if layer.available else "no", layer.tried, layer.detail, style=style)
    if outcome.layers:
        console.print(table)
    for line in (*map(_lack, outcome.missing), verdict(outcome)):
        console.print(line, markup=False, soft_wrap=True)


def _lack(layer: Layer) -> str:
    return f"No {layer.name}: {layer.detail}. Repair: {REPAIRS.get(layer.name, FAULT)}."


def verdict(outcome: SandboxTrial) -> str:
    """The one sentence that matters."""
    if outcome.refusal:
        return f"Grading is not possible: {outcome.refusal}."
    lacking = " and ".join(layer.name for layer in outcome.missing)
    return f"Grading is possible, without {lacking}: the others hold." if lacking else "Grading is possible: all hold."


def print_json(outcome: SandboxTrial) -> None:
    """For a program: schema 1."""
    click.echo(
        json.dumps(
            {
                "schema": 1,
                "possible": outcome.possible,
                "verdict": verdict(outcome),
                "system": {"kernel": platform.release(), "machine": platform.machine(), "platform": sys.platform},
                "layers": [_plain(layer) for layer in outcome.layers],
            },
            indent=1,
        )
    )


def _plain(layer: Layer) -> dict[str, object]:
    repair = None if layer.available else REPAIRS.get(layer.name, FAULT)
    return {
        "name": layer.name, "in_force": layer.available, "tried": layer.tried, "seen": layer.detail, "repair": repair,
    }  # fmt: skip


def report(as_json: bool) -> bool:
    """Tries, prints; whether grading is possible."""
    outcome = try_sandbox()
    if as_json:
        print_json(outcome)
    else:
        print_table(outcome)
    return outcome.possible
