from __future__ import annotations

import mmap
import os
import sys
import threading

import pytest

from grader.sandbox.layers import (
    child,
    rlimits,
)
from grader.sandbox.layers.rlimits import Resource

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")
MIB = 1 << 20


def test_a_limit_reads_as_it_was_set() -> None:
    def act() -> str:
        rlimits.set_limit(Resource.NOFILE, 20, 30)
        return str(rlimits.limit(Resource.NOFILE))

    assert child.in_child(act).answer == "(20, 30)"


def test_a_limit_on_address_space_stops_shared_mappings_as_well() -> None:
    """RLIMIT_DATA does not: that is why the sandbox limits the address space."""

    def act() -> str:
        limit = rlimits.address_space_bytes() + 64 * MIB
        rlimits.set_limit(Resource.AS, limit, limit)
        with pytest.raises(OSError, match="Cannot allocate memory"):
            mmap.mmap(-1, 256 * MIB, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        return "refused"

    assert child.in_child(act).answer == "refused"


def test_address_space_grows_by_what_is_mapped() -> None:
    before = rlimits.address_space_bytes()
    with mmap.mmap(-1, 64 * MIB):
        assert rlimits.address_space_bytes() - before >= 64 * MIB


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user whose other tasks are known: none")
def test_the_tasks_of_a_user_are_counted_across_its_processes() -> None:
    quiet_uid = 61_777

    def act() -> str:
        os.setresuid(quiet_uid, quiet_uid, quiet_uid)
        before = rlimits.user_task_count()
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait) for _ in range(30)]
        for thread in threads:
            thread.start()
        after = rlimits.user_task_count()
        stop.set()
        return str(after - before)

    assert child.in_child(act).answer == "30"
