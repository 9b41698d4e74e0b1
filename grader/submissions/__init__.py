"""What one student handed in, from folder, archive or notebook to the sources of an assignment's modules.

Belongs here: reading bytes that nobody vouches for, bounded and without running them. Does not: whose they are
(`intake`), executing them (`sandbox`).
"""
