# outcome: wrong
# The right numbers in another dtype.
def double(x):
    return (2 * x).double()
