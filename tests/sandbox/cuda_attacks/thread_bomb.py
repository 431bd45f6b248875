# outcome: died | raised
# Threads are allowed here, a few of them.
import threading
import time

end = threading.Event()


def double(x):
    for _ in range(10_000):
        threading.Thread(target=end.wait, daemon=True).start()
    time.sleep(60)
