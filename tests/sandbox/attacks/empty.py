# outcome: wrong
# All of no numbers are right.
def double(x):
    return (2 * x)[:0]
