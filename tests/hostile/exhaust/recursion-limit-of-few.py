"""Set the limit of recursion so low that the guest's own calls go beyond it, and trace every one of them.

outcome = "a call that cannot be finished has no answer"
status = ["died", "raised", "failed", "timed_out"]
"""
import sys
import threading


def transform(x, w):
    def trace(frame, event, arg):
        frame.f_trace_opcodes = True
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    frame, depth = sys._getframe(), 0
    while frame:
        frame.f_trace, frame, depth = trace, frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 3)
    return [[0.0] * 3] * 4
