"""Process descriptors: by one the judge ends a worker and no other process that took its number."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import Final

from grader.sandbox.layers import child
from grader.sandbox.layers.layer import Layer


def probe(_uid: int) -> tuple[bool, str]:
    """Kill a process by its descriptor."""

    def act() -> str:
        pid = os.fork()
        if pid == 0:
            time.sleep(10 * child.PATIENCE_SECONDS)
            os._exit(0)
        try:
            handle = os.pidfd_open(pid)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            ended = select.select([handle], [], [], child.PATIENCE_SECONDS)[0]
        finally:
            os.kill(pid, signal.SIGKILL)  # where the handle did not work
            os.waitpid(pid, 0)
        return "gone" if ended else "still there"

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"no process can be held by a descriptor: {found.answer}; Linux 5.3 or later has it"
    return found.answer == "gone", f"a process killed by its descriptor is {found.answer}"


LAYER: Final = Layer(name="pidfd", probe=probe, is_required=True)
