"""Hang in what runs by itself: callbacks of the collector, finalizers, weak references and the end of threads.

outcome = "whatever hangs is ended by the deadline of the call"
status = ["timed_out", "failed", "died"]
quick = false
"""
import gc
import weakref


def hang(*given):
    while True:
        pass


class Ends:
    __del__ = hang


def transform(x, w):
    kept = Ends()
    weakref.finalize(kept, hang)
    gc.callbacks.append(hang)
    gc.set_threshold(1)
    return [[0.0] * 3 for _ in range(4)]
