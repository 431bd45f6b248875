# outcome: wrong | died | raised
# A hundred million zeros in a list.
def double(x):
    return [0] * 10_000_000
