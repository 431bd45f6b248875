"""Which parts of what a stub allows a key asks for, and the inputs that ask for the rest."""
