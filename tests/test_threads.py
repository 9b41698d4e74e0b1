from __future__ import annotations

import errno
import sys
import threading

import pytest

from grader.sandbox.layers import (
    child,
    libc,
    threads,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


@pytest.mark.parametrize("unshare_works", [True, False], ids=["by unshare", "where a container forbids unshare"])
def test_a_second_thread_is_noticed(unshare_works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_flags: int) -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    if not unshare_works:
        monkeypatch.setattr(libc, "unshare", forbidden)

    def act() -> str:
        before = threads.has_one_thread()
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait)
        thread.start()
        during = threads.has_one_thread()
        stop.set()
        thread.join()
        return f"{before} {during}"

    assert child.in_child(act).answer == "True False"
