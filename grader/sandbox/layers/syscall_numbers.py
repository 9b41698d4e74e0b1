"""The numbers of the system calls that the filters name, for each machine they are written for. Pure data.

Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl for x86-64 and include/uapi/asm-generic/unistd.h for aarch64.
A call that is named nowhere here is refused by every filter.
"""

from __future__ import annotations

MACHINES = ("x86_64", "aarch64")
"""The machines of the table's columns, named as `os.uname().machine` names them."""

# Call, its number on x86-64, its number on aarch64; a dash where the machine lacks the call.
_TABLE = """
read             0   63    write            1   64    close            3   57    fstat            5   80
lseek            8   62    readv           19   65    writev          20   66    pread64         17   67
pwrite64        18   68    preadv         295   69    pwritev        296   70    dup             32   23
dup2            33    -    dup3           292   24    pipe            22    -    pipe2          293   59
poll             7    -    ppoll          271   73    select          23    -    pselect6       270   72
epoll_create   213    -    epoll_create1  291   20    epoll_ctl      233   21    epoll_wait     232    -
epoll_pwait    281   22    eventfd2       290   19    fcntl           72   25    ioctl           16   29
close_range    436  436

mmap             9  222    munmap          11  215    mprotect        10  226    mremap          25  216
madvise         28  233    brk             12  214    msync           26  227    membarrier     324  283
get_mempolicy  239  236

futex          202   98    set_robust_list 273  99    set_tid_address 218  96    rseq           334  293
sched_yield     24  124    sched_getaffinity       204 123    getcpu         309  168
sched_get_priority_min     147 126    sched_get_priority_max     146 125
clone           56  220    clone3         435  435    exit            60   93    exit_group     231   94
fork            57    -    setsid         112  157    setpgid        109  154    socketpair      53  199
wait4           61  260    waitid         247   95    restart_syscall 219 128

rt_sigaction    13  134    rt_sigprocmask  14  135    rt_sigreturn    15  139    rt_sigpending  127  136
rt_sigtimedwait 128 137    rt_sigsuspend  130  133    sigaltstack    131  132    pause           34    -
alarm           37    -    getitimer       36  102    setitimer       38  103    kill            62  129
tgkill         234  131

time           201    -    gettimeofday    96  169    clock_gettime  228  113    clock_getres   229  114
clock_nanosleep 230 115    nanosleep       35  101    times          100  153

getpid          39  172    getppid        110  173    gettid         186  178    getuid         102  174
geteuid        107  175    getgid         104  176    getegid        108  177    getresuid      118  148
getresgid      120  150    getgroups      115  158    getpgrp        111    -    getpgid        121  155
getsid         124  156

getrandom      318  278    uname           63  160    sysinfo         99  179    getrusage       98  165
getrlimit       97  163    prlimit64      302  261    prctl          157  167    arch_prctl     158    -

open             2    -    openat         257   56    openat2        437  437    creat           85    -
stat             4    -    lstat            6    -    newfstatat     262   79    statx          332  291
access          21    -    faccessat      269   48    faccessat2     439  439    readlink        89    -
readlinkat     267   78    chdir           80   49    fchdir          81   50    getcwd          79   17
mkdir           83    -    mkdirat        258   34    rmdir           84    -    unlink          87    -
unlinkat       263   35    rename          82    -    renameat       264   38    renameat2      316  276
getdents        78    -    getdents64     217   61    statfs         137   43    fstatfs        138   44
ftruncate       77   46    fsync           74   82    fdatasync       75   83    flock           73   32
fadvise64      221  223    umask           95  166    link            86    -    linkat         265   37
fallocate      285   47

chmod           90    -    fchmod          91   52    fchmodat       268   53    fchmodat2      452  452
utime          132    -    utimes         235    -    futimesat      261    -    utimensat      280   88
getxattr       191    8    lgetxattr      192    9    fgetxattr      193   10    listxattr      194   11
llistxattr     195   12    flistxattr     196   13
"""


_ROWS = list(zip(*(iter(_TABLE.split()),) * (1 + len(MACHINES)), strict=True))
NUMBERS = {
    machine: {row[0]: int(row[column]) for row in _ROWS if row[column] != "-"}
    for column, machine in enumerate(MACHINES, start=1)
}
"""Call numbers by machine, then by name."""
