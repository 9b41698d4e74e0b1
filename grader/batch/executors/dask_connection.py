"""Reach the scheduler of a cluster, and begin to use its workers."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from grader.batch.executors.dask import DaskExecutor, error_text
from grader.batch.executors.dask_worker import SharedCourse
from grader.batch.jobs import RunConfig
from grader.course.assignment import CourseAssignment
from grader.course.installation import install_command
from grader.course.reproducible_zip import PRIVATE, course_files, zipped
from grader.errors import ClusterError, UsageError

CONNECT_SECONDS: Final = 10.0
ENCRYPTED: Final = ("tls", "wss")
TLS_SET_IN: Final = "they are named under `distributed.comm.tls` in Dask's configuration"


def connect(
    address: str,
    course: CourseAssignment,
    config: RunConfig,
    tell: Callable[[str], None],
    is_stopping: Callable[[], bool] = lambda: False,
) -> DaskExecutor:
    """Reach a cluster, wait for its first workers and examine all that are there.

    Args:
        address: Of the scheduler, such as `tcp://10.0.0.5:8786`.
        course: Travels to each machine as one bundle, without its samples.
        config: What jobs will come with.
        tell: Hears of workers that come too late to be waited for, or are not used.
        is_stopping: Whether what no worker has in hand is to be dropped.

    Raises:
        UsageError: Dask is not installed, the address is none, or its certificates cannot be used.
        ClusterError: no scheduler answers, or a worker that is there must not grade.
    """
    try:
        import dask  # noqa: PLC0415  # an optional dependency, and most of a second to import
        import distributed  # noqa: PLC0415
    except ModuleNotFoundError:
        raise UsageError(f"--cluster needs the package distributed: {install_command('cluster')}") from None
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is told in sentences of ours
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"})  # a course with data is that large
    _check(address)
    try:
        client: Any = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]  # Dask's classes are half typed
    except OSError as error:
        raise ClusterError(
            f"no scheduler answers at {address} ({error_text(error)}): is `dask scheduler` running there?"
        ) from None
    bundle = zipped({f"reference/{path}": (data, PRIVATE) for path, data in course_files(course).items()})
    shared = SharedCourse(hashlib.sha256(bundle).hexdigest(), config, course.assignment.runtime)
    executor = DaskExecutor(client, address, shared, bundle, tell, is_stopping)
    try:
        executor.begin()
    except BaseException:
        executor.shutdown()
        raise
    return executor


def _check(address: str) -> None:
    """Refuse what Dask's client would answer with a traceback, and with a wait of 20 seconds for its own end.

    Raises:
        UsageError: the address is none, or Dask is not configured for it.
    """
    from distributed.comm.addressing import get_address_host_port, parse_address  # noqa: PLC0415  # an optional dependency
    from distributed.security import Security  # noqa: PLC0415

    try:
        scheme, _ = parse_address(address)
        get_address_host_port(address)
    except ValueError as error:
        raise UsageError(
            f"--cluster is {address!r}, expected such as tcp://10.0.0.5:8786 ({error_text(error)})"
        ) from None
    try:
        configured: Mapping[str, Any] = Security().get_connection_args("client")  # type: ignore[no-untyped-call]  # Dask's
    except OSError as error:
        raise UsageError(
            f"--cluster is {address}, but its certificates cannot be used ({error_text(error)}): {TLS_SET_IN}"
        ) from None
    if scheme in ENCRYPTED and configured["ssl_context"] is None:
        raise UsageError(f"--cluster is {address}, but no certificates are configured: {TLS_SET_IN}")
    if scheme not in ENCRYPTED and configured["require_encryption"]:
        raise UsageError(f"--cluster is {address}, expected tls://, since Dask is configured to ask for encryption")
