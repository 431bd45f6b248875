# outcome: out_of_memory | timed_out
# Takes all the memory there is, a little at a time.
def double(x):
    kept = []
    while True:
        kept.append(bytearray(8 << 20))
