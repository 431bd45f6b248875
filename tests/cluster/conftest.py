"""What a cluster is tested with: the tiny course."""

from __future__ import annotations

from tests.helpers.tiny_class import course as course
