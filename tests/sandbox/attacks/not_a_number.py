# outcome: wrong
# NaN, which some comparisons let pass.
def double(x):
    return x * float("nan")
