"""Parent death: a worker is killed when the process that forked it ends, so that none is left behind."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import Final

from grader.errors import ConfinementError
from grader.sandbox.layers import child, libc, uid
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage, Worker

NAME: Final = "parent-death"


def die_with_parent() -> None:
    """Ask to be killed when the thread that forked this process ends. Every change of user undoes it."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def plan(request: Request) -> Planned:
    """Ask for the signal in each worker, which ends at once if its parent is gone already."""

    def step(worker: Worker) -> None:
        die_with_parent()
        # From inside a process namespace a parent that stands outside reads as 0.
        expected, found = 0 if request.is_enclosed else worker.parent, os.getppid()
        if found != expected:
            raise ConfinementError(NAME, f"the parent is process {found}, expected {expected}: it has ended")

    return Planned(label=NAME, steps={Stage.PARENT_DEATH: step})


def probe(worker_uid: int) -> tuple[bool, str]:
    """Leave a grandchild behind and see whether it dies: its end of a pipe is then closed."""
    waiting, held = os.pipe()
    other = uid.attainable(worker_uid)

    def leave_orphan() -> str:
        ready, signal_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(child.ANSWER)
            if other is not None:
                uid.become(other)  # as a worker does: it would undo a signal asked for before
            die_with_parent()
            os.write(signal_ready, b".")
            time.sleep(10 * child.PATIENCE_SECONDS)
            os._exit(0)
        os.close(signal_ready)
        return str(pid) if os.read(ready, 1) else ""

    try:
        found = child.in_child(leave_orphan)
    finally:
        os.close(held)
    with os.fdopen(waiting, "rb", buffering=0) as pipe:
        if not found.answer.isdigit():
            return False, f"the signal cannot be asked for: {found.answer or 'the trial ended early'}"
        if select.select([pipe], [], [], child.PATIENCE_SECONDS)[0]:
            return True, "a process is killed when the one that forked it ends"
    os.kill(int(found.answer), signal.SIGKILL)
    return False, "a process outlives the one that forked it"


LAYER: Final = Layer(name=NAME, plan=plan, probe=probe, is_required=True)
