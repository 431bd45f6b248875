# outcome: died
# Crashes on purpose.
import os
def double(x):
    os.abort()
