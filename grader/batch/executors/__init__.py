"""What carries the jobs of a batch to processes: this machine's, or those of a Dask cluster.

Belongs here: starting, watching and replacing processes. Does not: what a job is, or what a process does for it.
"""
