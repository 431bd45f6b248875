"""A student, as people and learning systems know them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Student:
    """Who a student is to people and to learning systems; empty where nobody has said.

    student: as in the gradebook and in all reports. id: the learning system's own number (Canvas's user id, Moodle's
    participant). sis_id, login: the school's. Exports are made of these.
    """

    student: str
    name: str = ""
    email: str = ""
    id: str = ""
    sis_id: str = ""
    login: str = ""
    section: str = ""
