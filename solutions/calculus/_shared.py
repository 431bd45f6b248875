"""What the pages of this topic have in common: no derivative is taken by autograd."""

AUTOGRAD = ("autograd",)
BY_HAND = "Derivatives are taken by hand here."
