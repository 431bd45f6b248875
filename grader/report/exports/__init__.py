"""Results as learning systems and other programs read them, student by student."""
