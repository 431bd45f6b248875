# outcome: raised
# As if the instructor had pressed Ctrl-C.
def double(x):
    raise KeyboardInterrupt
