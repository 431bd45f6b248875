"""Marks as a pure function: policies and what a log tells of a student go in, marks come out. No database, no clock."""
