"""Map shared memory, which some limits do not count.

outcome = "refused by the limit on address space"
status = ["raised", "out_of_memory"]
"""
import mmap


def transform(x, w):
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 64 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
        kept[-1][:: 1 << 12] = bytes(len(kept[-1]) >> 12)
