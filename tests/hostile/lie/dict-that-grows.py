"""Answer a dict that a thread changes while it is written.

outcome = "a value that cannot be taken apart is no answer"
status = ["failed", "raised", "timed_out", "out_of_memory"]
quick = false
"""
import threading
from itertools import count


def transform(x, w):
    answer = {"y": 1.0}

    def grow():
        for number in count():
            answer[str(number % 997)] = [number]
            answer.pop(str((number * 7) % 997), None)

    threading.Thread(target=grow, daemon=True).start()
    return answer
