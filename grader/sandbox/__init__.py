"""The only code that comes near a student's."""
