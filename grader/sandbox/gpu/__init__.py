"""Graphics cards: which there are, who sits on them, what they hold. Experimental: none of it has run on a card yet."""
