"""An interpreter for the part of classic BPF that filters are written in, after the kernel's own rules.

Source: Linux, Documentation/networking/filter.rst; kernel/seccomp.c, seccomp_check_filter.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

LOAD_WORD, AND, JUMP, RETURN = 0x20, 0x54, 0x05, 0x06
CONDITIONS = {0x15: lambda a, k: a == k, 0x25: lambda a, k: a > k, 0x35: lambda a, k: a >= k, 0x45: lambda a, k: a & k}
MOST_INSTRUCTIONS = 4096
DATA_BYTES = 64

KILL = 0x80000000
ERROR = 0x00050000
ALLOW = 0x7FFF0000


@dataclass(frozen=True)
class Outcome:
    """What a program returned, and after how many instructions."""

    action: int
    steps: int


def instructions(program: bytes) -> list[tuple[int, int, int, int]]:
    """Take a program apart into code, two jump distances and constant."""
    return list(struct.iter_unpack("=HBBI", program))


def flaws(program: bytes) -> list[str]:
    """List why the kernel would not take a program."""
    code = instructions(program)
    found = []
    if not 0 < len(code) <= MOST_INSTRUCTIONS:
        found.append(f"it has {len(code)} instructions")
    for place, (operation, if_true, if_false, constant) in enumerate(code):
        last = len(code) - 1 - place  # as far as a jump may go
        if operation in CONDITIONS:
            bad = max(if_true, if_false) >= last
        elif operation == JUMP:
            bad = constant >= last
        elif operation == LOAD_WORD:
            bad = constant % 4 != 0 or constant >= DATA_BYTES
        else:
            bad = operation not in (AND, RETURN)
        if bad:
            found.append(f"instruction {place} is {(operation, if_true, if_false, constant)}")
    if code[-1][0] != RETURN:
        found.append("the last instruction does not return")
    return found


def run(program: bytes, machine: int, number: int, arguments: Sequence[int] = ()) -> Outcome:
    """Ask a program about one system call, as the kernel does.

    Args:
        program: An array of struct sock_filter.
        machine: The audit number of the machine that the call was made for.
        number: The call's number.
        arguments: Up to six, taken modulo 2**64; missing ones are 0.
    """
    words = [argument % (1 << 64) for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<IIQ6Q", number, machine, 0x7F0000001000, *words)
    code = instructions(program)
    accumulator, place = 0, 0
    for step in range(1, len(code) + 1):
        operation, if_true, if_false, constant = code[place]
        place += 1
        if operation == RETURN:
            return Outcome(constant, step)
        if operation == LOAD_WORD:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif operation == AND:
            accumulator &= constant
        elif operation == JUMP:
            place += constant
        else:
            place += if_true if CONDITIONS[operation](accumulator, constant) else if_false
    raise AssertionError("the program ran past its end")
