# outcome: out_of_memory | timed_out
# Takes all the memory there is in small objects.
def double(x):
    kept = [0]
    while True:
        kept = kept + kept
