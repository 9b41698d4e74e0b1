"""Ignore and block every signal, then wait.

outcome = "the kill cannot be ignored"
status = ["timed_out"]
seconds = 8
quick = false
"""
import signal
import time


def transform(x, w):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except OSError:
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(1)
