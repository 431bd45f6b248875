"""Numbers in files of /proc, where each line is a name, a colon, and a number with or without a unit."""

from __future__ import annotations


def numbers(path: str) -> dict[str, int]:
    """Name -> number, without its unit. Lines that say anything else are left out. Raises `OSError`."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = ((name, rest.split()[:1]) for name, _, rest in (line.partition(":") for line in file))
        return {name: int(words[0]) for name, words in lines if words and words[0].removeprefix("-").isdigit()}
