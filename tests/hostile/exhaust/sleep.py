"""Sleep for a day.

outcome = "ended by wall time, which is twice the processor time and a second"
status = ["timed_out"]
seconds = 8
quick = false
"""
import time


def transform(x, w):
    time.sleep(86_400)
