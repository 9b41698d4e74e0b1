"""All layers of isolation, in the order in which results list them. `layer.Stage` is the one in which they act."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import (
    capabilities,
    cgroup,
    descriptors,
    interpreter,
    landlock,
    namespaces,
    no_new_privs,
    parent_death,
    pidfd,
    rlimits,
    root,
    scratch,
    seccomp,
    session,
    threads,
    uid,
    undumpable,
)
from grader.sandbox.layers.layer import Layer

LAYERS: Final[tuple[Layer, ...]] = (
    seccomp.LAYER,
    landlock.LAYER,
    uid.LAYER,
    scratch.LAYER,
    root.LAYER,
    interpreter.LAYER,
    namespaces.LAYER,
    namespaces.PROCESSES,
    rlimits.LAYER,
    capabilities.LAYER,
    no_new_privs.LAYER,
    undumpable.LAYER,
    parent_death.LAYER,
    pidfd.LAYER,
    session.LAYER,
    descriptors.LAYER,
    threads.LAYER,
    cgroup.LAYER,
)
