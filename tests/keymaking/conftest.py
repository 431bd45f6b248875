"""The course of three small exercises."""

from __future__ import annotations

from tests.helpers.tiny_class import course as course
