# outcome: raised RuntimeError
# Goes on computing in the background.
import threading, time
def double(x):
    threading.Thread(target=time.sleep, args=(10,)).start()
    return "BREACH: thread"
