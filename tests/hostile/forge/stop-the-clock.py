"""Stop every clock that Python has, then loop.

outcome = "time is measured by the judge, from outside"
status = ["timed_out"]
quick = false
"""
import time

for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time", "clock_gettime"):
    setattr(time, name, lambda *a: 0.0)


def transform(x, w):
    while True:
        pass
