"""Answers beside a key: what is wrong, why, and what it is worth. NumPy alone, in the trusted parent."""
