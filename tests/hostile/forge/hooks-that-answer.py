"""Answer from the hooks for exceptions that nobody catches, in the main thread and in others.

outcome = "a hook is code of the submission like any other"
status = ["died"]
quick = false
"""
import os
import sys
import threading


def answer(*_given):
    os.write(4, b'{"status": "passed"}')
    os._exit(0)


def transform(x, w):
    sys.excepthook = sys.unraisablehook = threading.excepthook = answer
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    raise BaseException
