"""What runs in the process of a student's code."""
