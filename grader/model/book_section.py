"""A section of the book that a course goes with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookSection:
    """Its number (`4.4`), its title, and the address of its page."""

    number: str
    title: str
    address: str
