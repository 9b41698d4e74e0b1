from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.layers import (
    libc,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


def test_importing_it_opens_no_library() -> None:
    code = "from grader.sandbox.layers import libc; print(libc.library.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_an_error_names_the_call_and_keeps_its_number() -> None:
    with pytest.raises(OSError, match=r"prctl\(9999\): Invalid argument") as caught:
        libc.prctl(9999)
    assert caught.value.errno == errno.EINVAL


COLLAPSE = """
import re
from pathlib import Path
from grader.sandbox.layers import libc
held = bytearray(range(256)) * (24 << 12)
count = libc.collapse_pages()
huge = sum(map(int, re.findall(r"AnonHugePages: *([0-9]+) kB", Path("/proc/self/smaps").read_text())))
print(count, huge >> 11, held == bytearray(range(256)) * (24 << 12))
"""


def test_memory_that_is_gathered_into_huge_pages_stays_what_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", COLLAPSE], capture_output=True, text=True, check=True)
    count, huge, is_same = done.stdout.split()
    assert (int(count), is_same) == (int(huge), "True")
    if (
        tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 1)
        and Path("/sys/kernel/mm/transparent_hugepage").exists()
    ):
        assert int(count) > 0
