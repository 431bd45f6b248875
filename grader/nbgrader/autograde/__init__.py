"""nbgrader's own steps, with our judging in their place."""
