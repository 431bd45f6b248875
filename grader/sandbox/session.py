"""Asking a submission: questions go in, answers come out, always as many as there were questions.

    with Sandbox.start(limits) as sandbox:
        with sandbox.submission({"softmax": source}) as submission:
            answers = submission.ask("softmax", questions)

Nothing that a student does is an exception here: a timeout, a crash, a forged frame is a `Failed`. It ends that
exercise and the child; the next exercise goes to a fresh one. `SandboxError` says that no child can be started at all.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from types import MappingProxyType, TracebackType

from grader.model.errors import NoIsolationError, SandboxError
from grader.model.limits import Limits
from grader.model.statements import StatementPlace
from grader.sandbox.forked import Zygotes
from grader.sandbox.gpu.cards import Card
from grader.sandbox.processes import Child, Children
from grader.sandbox.running import RunningSubmission
from grader.sandbox.spawned import Processes

CONTAINER = (
    "grade in a Linux container (the Dockerfile makes one) or a virtual machine, "
    "or say --trust-submissions if you trust every one of them"
)


def refuse_elsewhere(trust: bool) -> None:
    """Raises `NoIsolationError` on a system that has nothing to lock untrusted code down with."""
    if not trust and not sys.platform.startswith("linux"):
        raise NoIsolationError(f"{sys.platform} cannot lock untrusted code down: {CONTAINER}")


class Sandbox:
    """Starts the children in which submissions answer. May be used by several threads."""

    def __init__(self, children: Children, limits: Limits) -> None:
        self._children = children
        self.limits = limits

    @staticmethod
    def start(
        limits: Limits | None = None,
        trust: bool = False,
        preload: bool = False,
        without: Collection[str] = (),
        card: Card | None = None,
    ) -> Sandbox:
        """A sandbox with every layer that this system has; or, for code that is trusted, with deadlines only.

        preload: imports ahead what torch imports late: a slower start, faster children. Always so for untrusted code.
        without: layers to leave out, to see what the others hold; "words" leaves out what refuses before they do.
        card: a graphics card that children may use; a door in the walls, so nobody gets one without asking.
        For trusted code it returns at once and torch is imported meanwhile. Raises `NoIsolationError` where untrusted
        code cannot be locked down, `ShortageError` where memory, processes or descriptors are missing.
        """
        limits = limits or Limits()
        refuse_elsewhere(trust)
        if not sys.platform.startswith("linux"):
            return Sandbox(Processes(preload), limits)
        zygotes = Zygotes(trust, preload, limits.start_seconds, without, card)
        if card:
            return _on_card(zygotes, card, limits, trust)
        if trust:
            return Sandbox(EitherWay(zygotes, preload), limits)
        sandbox = Sandbox(zygotes, limits)
        try:
            sandbox.submission({}).try_child()
        except NoIsolationError as error:
            sandbox.close()
            raise NoIsolationError(f"{error}; {CONTAINER}") from None
        except SandboxError:
            sandbox.close()
            raise
        return sandbox

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers in force."""
        return self._children.layers

    def within(self, limits: Mapping[str, float]) -> Sandbox:
        """Gives this sandbox with some limits of its own."""
        return Sandbox(self._children, self.limits.but(limits))

    def submission(
        self,
        sources: Mapping[str, str],
        limits: Limits | None = None,
        modules: Mapping[str, str] = MappingProxyType({}),
        endless: Mapping[str, tuple[StatementPlace, ...]] = MappingProxyType({}),
    ) -> RunningSubmission:
        """One student's modules, topic -> source; `limits` may differ from the sandbox's.

        modules: what they may import of their own, name -> source. endless: topic -> statements that are left out,
        because they never end, or end the process; a topic that is named here is run once, with or without any.
        """
        return RunningSubmission(self._children, sources, limits or self.limits, modules, endless)

    def close(self) -> None:
        self._children.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _on_card(zygotes: Zygotes, card: Card, limits: Limits, trust: bool) -> Sandbox:
    """A sandbox around a card, after a first child has computed on it. Raises `SandboxError` where that fails."""
    from grader.sandbox.gpu.children import on_card  # only here: whoever has no card does not need what it imports

    try:
        children = on_card(zygotes, card, must_watch=not trust)
        with Sandbox(children, limits).submission({}) as submission:
            children.calibrate(submission.first_child())
    except BaseException:
        zygotes.close()
        raise
    return Sandbox(children, limits)


class EitherWay:
    """Forked children where this system can have them, or else processes of their own. For trusted code only."""

    alone = None

    def __init__(self, zygotes: Zygotes, preload: bool) -> None:
        self._children: Children = zygotes
        self._preload = preload

    @property
    def layers(self) -> tuple[str, ...]:
        return self.working().layers

    @property
    def with_compiler(self) -> Children:
        return self.working().with_compiler

    def start(self, limits: Limits) -> Child:
        return self.working().start(limits)

    def close(self) -> None:
        self._children.close()

    def working(self) -> Children:
        """The way that works here; waits until that is known."""
        try:
            self._children.layers  # noqa: B018
        except SandboxError:
            self._children.close()
            self._children = Processes(self._preload)
        return self._children
