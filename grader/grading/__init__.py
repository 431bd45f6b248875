"""Submissions and a key make results: one submission, one class."""
