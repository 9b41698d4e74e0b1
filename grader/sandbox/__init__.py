"""Run a student's code where it can do no harm, and bring back what it computed.

- `protocol`: the frames between the two sides, and every name that both of them use.
- `host`: the judge's side. It starts workers, asks them, and ends them.
- `guest`: the worker's side, the only code of ours that shares a process with a student's.
- `layers`: what confines a worker, a file for each layer. Both sides may import it.

Neither of `host` and `guest` imports the other.
"""
