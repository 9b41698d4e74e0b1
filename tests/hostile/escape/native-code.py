"""Write machine code into memory and make system calls by the entry points for 32-bit programs.

outcome = "a call of another architecture ends the process"
status = ["died"]
machine = "x86_64"
"""
import ctypes
import mmap


def transform(x, w):
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid on i386); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
