"""Ask in every call for modules that are imported late, in a thread and in a finaliser, and end as a worker that lacks one.

outcome = "they are imported once, and after that such an end is an end like any other"
status = ["died"]
course = "tensors"
quick = false
"""
import os
import threading


def ask():
    import sympy
    import torch._dynamo.config


class Asks:
    def __del__(self):
        ask()


def transform(x, w):
    thread = threading.Thread(target=ask)
    thread.start()
    Asks()
    thread.join()
    os._exit(96)
