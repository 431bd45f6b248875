"""What the pages of this topic have in common: forbidden names."""

OPTIMISERS = ("optim", "SGD")
