# outcome: wrong | out_of_memory | timed_out
# Ten million zeros in a list.
def double(x):
    return [0] * 10_000_000
