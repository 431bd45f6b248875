# outcome: raised RuntimeError
# Starts threads for ever.
import threading, time
def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
