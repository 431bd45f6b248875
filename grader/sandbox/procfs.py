"""Numbers in files of /proc, where each line is a name, a colon, and a number with or without a unit."""

from __future__ import annotations


def numbers(path: str) -> dict[str, int]:
    """Name -> number, without its unit. Lines that say anything else are left out. Raises `OSError`."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = ((name, rest.split()[:1]) for name, _, rest in (line.partition(":") for line in file))
        return {name: int(words[0]) for name, words in lines if words and words[0].removeprefix("-").isdigit()}


def state(pid: int) -> str:
    """The letter of a process's state: R, S, D, T, …; empty where it is not known."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
