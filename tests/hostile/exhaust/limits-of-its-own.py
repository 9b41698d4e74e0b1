"""Lower the worker's own limits of memory, files and time, so that what answers for it cannot.

outcome = "limits can be lowered for the own call alone, whose answer is wrong; the next check has a worker of its own"
status = ["died", "out_of_memory", "timed_out", "raised", "failed"]
"""
import resource


def transform(x, w):
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_STACK, resource.RLIMIT_NOFILE):
        try:
            resource.setrlimit(kind, (0, 0))
        except (OSError, ValueError):
            pass
    return [[0.0] * 3] * 4
