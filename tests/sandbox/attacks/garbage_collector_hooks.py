# outcome: right
# Code that runs whenever the collector does.
import gc
def double(x):
    gc.callbacks.append(lambda phase, info: open("@OUT@/gc", "w"))
    gc.collect()
    return 2 * x
