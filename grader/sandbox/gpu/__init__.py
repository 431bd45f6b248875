"""Graphics cards: which there are, who sits on them, what they hold."""
