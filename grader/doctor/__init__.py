"""Proves a course sound. Each module looks at one thing and returns problems, each with its repair."""
