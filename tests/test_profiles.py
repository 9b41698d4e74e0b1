"""Submissions that read and write files, or fork, in the real sandbox and through a whole grading."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from confinement import needs, start_as

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.errors import MachineError
from grader.judging.grading import Grader
from grader.model.assignment import Profile, Runtime
from grader.model.observation import Failure, Observation
from grader.model.status import Status
from grader.sandbox.host import fork_server
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.sandbox.layers import child, requirements
from grader.subjects.recordings import call_bytes
from grader.wording.failures import Quotable, explain

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="profiles are made of Linux's layers")
WE = "root" if os.geteuid() == 0 else "person"
DRIVERS = "def call(impl, target):\n    return impl.load(target)()\n"
FILES = Runtime(modules=("numpy",), memory_mb=512, profile=Profile.FILES, scratch_mb=4)
PROCESSES = replace(FILES, profile=Profile.PROCESSES)

Run = Callable[..., Observation]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "data"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "points.txt").write_text("1 2 3")
    folder.chmod(0o700)  # as the course's own folder should be
    return folder


@pytest.fixture(scope="module")
def files_server(data: Path) -> Iterator[ForkServer]:
    needs(Profile.FILES, WE)
    server = ForkServer(FILES, data=data)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def processes_server() -> Iterator[ForkServer]:
    needs(Profile.PROCESSES, WE)
    server = ForkServer(PROCESSES)
    yield server
    server.stop()


def observed(server: ForkServer, source: str, *calls: str, seconds: float = 5.0, **sources: str) -> list[Observation]:
    """Call functions of a submission one after the other."""
    others = {name.replace("__", "/").replace("_", "."): text for name, text in sources.items()}
    files = {"a.py": dedent(source), **others}
    session = Session(server, files, DRIVERS, server.runtime)
    try:
        return [session.observe(call_bytes("call", {"target": f"a:{name}"}), seconds, 1) for name in calls]
    finally:
        session.close()


def value_of(server: ForkServer, source: str, **sources: str) -> object:
    (observation,) = observed(server, source, "f", **sources)
    assert observation.failure is None, observation
    return observation.value


def failure_of(server: ForkServer, source: str, seconds: float = 5.0) -> Failure:
    (observation,) = observed(server, source, "f", seconds=seconds)
    assert observation.failure is not None, observation
    return explain(observation.failure, Quotable(sources={"a.py": dedent(source)}, runtime=server.runtime))


def test_a_submissions_own_files_lie_where_it_stands(files_server: ForkServer) -> None:
    source = """
        from pathlib import Path

        def f():
            beside = (Path(__file__).parent / "configs/x.yaml").read_text()
            return [open("configs/x.yaml").read(), beside, sorted(p.name for p in Path().iterdir())]
    """
    text = "rate: 0.1\n"
    assert value_of(files_server, source, configs__x_yaml=text) == [text, text, ["a.py", "configs", "data"]]


def test_the_courses_data_can_be_read_and_not_changed(files_server: ForkServer, data: Path) -> None:
    source = """
        import os

        def refused(act):
            try:
                act()
            except OSError as error:
                return type(error).__name__
            return "done"

        def f():
            path = "data/train/points.txt"
            return [open(path).read(), os.listdir("data"), refused(lambda: open(path, "w")),
                    refused(lambda: os.unlink(path)), refused(lambda: open("data/new", "w"))]
    """
    refused = ["PermissionError"] * 3
    assert value_of(files_server, source) == ["1 2 3", ["train"], *refused]
    assert (data / "train" / "points.txt").read_text() == "1 2 3"


def test_a_package_of_the_submission_may_be_called_data(files_server: ForkServer) -> None:
    source = """
        from data import loader

        def f():
            return loader.NAME + open("data/train/points.txt").read()
    """
    assert value_of(files_server, source, data__loader_py="NAME = 'read '\n") == "read 1 2 3"


def test_what_is_written_can_be_read_back_and_is_gone_with_the_call(files_server: ForkServer) -> None:
    source = """
        import os, tempfile
        import numpy as np

        def f():
            os.makedirs("checkpoints")
            np.save("checkpoints/a.npy", np.arange(3))
            with tempfile.TemporaryDirectory() as folder:
                open(f"{folder}/x", "w").write("x")
            return np.load("checkpoints/a.npy")

        def g():
            return os.path.exists("checkpoints")
    """
    first, second = observed(files_server, source, "f", "g")
    assert str(first.value) == "[0 1 2]"
    assert second.value is False


WORKERS_OF_TWO_CALLS = {
    "return 1": 1,
    "open('b.txt', 'w').write('x')": 2,
    "open('a.py', 'r+').write('#')": 2,
    "open('b', 'w').close(); os.unlink('b')": 2,
    "os.mkdir('b'); os.rmdir('b')": 2,
    "open('configs/b', 'w').close()": 2,
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()": 2,
}


@pytest.mark.skipif(os.geteuid() != 0, reason="what workers leave behind is seen by root alone")
@pytest.mark.parametrize("act", WORKERS_OF_TWO_CALLS)
def test_a_worker_is_kept_for_the_next_call_where_nothing_is_left_to_it(files_server: ForkServer, act: str) -> None:
    """Each call had one of its own: a right submission to cifar took 36, and three times what it takes now."""
    source = f"import os, threading, time\nHERE = os.getcwd()\ndef f():\n    {act}\n"
    sources = {"a.py": source, "configs/x.yaml": "rate: 0.1"}
    with closing(Session(files_server, sources, DRIVERS, files_server.runtime)) as session:
        for _ in range(2):
            observation = session.observe(call_bytes("call", {"target": "a:f"}), 5.0, seed=1)
            assert observation.failure is None, observation.failure
        assert session.forks == WORKERS_OF_TWO_CALLS[act]


def test_every_call_stands_in_the_folder_that_was_handed_in(files_server: ForkServer) -> None:
    source = "import os\ndef f():\n    os.chdir('configs')\ndef g():\n    return sorted(os.listdir())\n"
    _, second = observed(files_server, source, "f", "g", configs__x_yaml="rate: 0.1")
    assert second.value == ["a.py", "configs", "data"]


def test_parts_of_allowed_packages_are_imported_on_first_use(files_server: ForkServer) -> None:
    source = """
        import sys

        def f():
            before = "numpy.ma.testutils" in sys.modules
            import numpy.ma.testutils
            return [before, numpy.ma.testutils.__name__]
    """
    assert value_of(files_server, source) == [False, "numpy.ma.testutils"]


def test_other_packages_stay_out_of_reach(files_server: ForkServer) -> None:
    failure = failure_of(files_server, "def f():\n    import hypothesis\n    hypothesis.settings()\n")
    assert failure.message.endswith("this assignment may import the standard library and numpy")


@pytest.mark.parametrize(
    "act",
    ["open('/etc/passwd')", "import os; os.listdir('/')", "open('../x', 'w')", "import os; os.fork()",
     "import socket; socket.socket()", "import subprocess; subprocess.run(['true'])"],
)  # fmt: skip
def test_what_lies_outside_is_refused_in_words_that_name_it(files_server: ForkServer, act: str) -> None:
    failure = failure_of(files_server, f"def f():\n    {act}\n")
    assert failure.message == (
        "a file outside the working folder, a process or the network is used at a.py line 2: none of them is available"
        " here"
    )


def test_no_folder_is_left_when_a_worker_ends(files_server: ForkServer) -> None:
    source = "import os\ndef f():\n    open('x', 'w').write('x')\n    return os.getcwd()\n"
    place = value_of(files_server, source)
    assert isinstance(place, str)
    assert not Path(place).exists()
    assert {path.name for path in Path(place).parent.iterdir()} <= {"data", ".root"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("é" * 130 + ".py", "its files cannot be laid out: OSError: File name too long"),
        ("/".join(["d" * 90] * 60) + "/a.py", "its files cannot be laid out: OSError: File name too long"),
    ],
)
def test_what_cannot_be_loaded_is_the_submissions_fault_and_says_at_what_it_failed(
    files_server: ForkServer, path: str, said: str
) -> None:
    """It was `this machine cannot grade`: three such at the head of a class ended the batch."""
    sources = {path: "X = 1\n", "a.py": "def f():\n    return {}\n"}
    with closing(Session(files_server, sources, DRIVERS, files_server.runtime)) as session:
        report = session.observe(call_bytes("call", {"target": "a:f"}), 2.0, seed=1).failure
    assert report is not None
    assert (report.ran, report.cause) == (False, f"the submission cannot be loaded: {said}")


def test_a_file_that_is_too_large_ends_in_an_error(files_server: ForkServer) -> None:
    failure = failure_of(files_server, "def f():\n    open('x', 'wb').write(bytes(5 << 20))\n")
    assert (failure.status, failure.exception) == (Status.RAISED, "OSError")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be made unable to mount")
def test_a_folder_that_no_kernel_bounds_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be mounted each file is bounded and their number is not: 20,000 files took 78 MiB."""
    needs(Profile.FILES, WE)
    monkeypatch.setattr(fork_server, "SCRATCH_FILES", 3)
    source = """
        import pathlib, time

        def few():
            pathlib.Path("a").write_text("x")
            time.sleep(0.5)
            return "written"

        def many():
            for number in range(20):
                pathlib.Path(str(number)).write_text("x")
            time.sleep(60)
    """

    def in_a_container() -> str:
        start_as("powerless root")
        server = ForkServer(FILES)
        few, many = observed(server, source, "few", "many", seconds=30)
        assert many.failure is not None
        server.stop()
        return f"{few.value}; {many.failure.cause}; {'scratch:folder' in server.layers}"

    assert child.in_child(in_a_container, 60).answer == "written; wrote more than 3 files; True"


def test_a_machine_without_landlock_is_told_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fork server is another process: it is told by an order that it cannot carry out."""
    server = ForkServer(FILES)
    monkeypatch.setattr(ForkServer, "receive", lambda *_: ({"event": "refused", "why": "landlock: none"}, []))
    try:
        with pytest.raises(MachineError, match="the sandbox did not start: landlock: none"):
            server.wait_until_ready()
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be made unable to make namespaces")
def test_a_machine_without_process_namespaces_is_told_how_to_get_them() -> None:
    needs(Profile.FILES, WE)

    def in_a_container() -> str:
        start_as("powerless root")
        try:
            ForkServer(PROCESSES).wait_until_ready()
        except MachineError as error:
            return str(error)
        return "ready"

    said = child.in_child(in_a_container, 60).answer
    assert said.startswith("the sandbox did not start: namespaces: no process namespace can be had, which the")
    assert said.endswith(requirements.ADVICE["namespaces"])


def test_real_loader_processes_feed_a_worker(processes_server: ForkServer) -> None:
    source = """
        import multiprocessing as mp, os

        def square(x):
            return x * x, os.getpid()

        def f():
            with mp.Pool(2) as pool:
                answers = pool.map(square, range(6), chunksize=1)
            queue = mp.Queue()
            process = mp.Process(target=lambda: queue.put("said"))
            process.start()
            said = queue.get()
            process.join()
            return [sum(value for value, _ in answers), os.getpid() in {pid for _, pid in answers}, said]
    """
    assert value_of(processes_server, source) == [55, False, "said"]


def test_what_a_call_leaves_running_is_gone_when_the_next_begins(processes_server: ForkServer) -> None:
    """Its children hold the pipes of the worker: one that lived on would keep the judge waiting for their end."""
    source = """
        import os, signal, time

        def f():
            for _ in range(4):
                if os.fork() == 0:
                    os.setsid()
                    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                    time.sleep(60)
            return os.getpid()

        def g():
            try:
                os.kill(-1, 0)
            except ProcessLookupError:
                return "alone"
    """
    first, second = observed(processes_server, source, "f", "g")
    assert (first.value, second.value) == (1, "alone")


def test_a_hydra_that_is_out_of_time_leaves_no_process(processes_server: ForkServer) -> None:
    source = """
        import os, time

        def f():
            end = time.monotonic() + 20
            for _ in range(3):
                if os.fork() == 0:
                    while time.monotonic() < end:
                        try:
                            if os.fork():
                                os._exit(0)
                            os.setsid()
                        except OSError:
                            pass
            while True:
                time.sleep(1)
    """
    processes_server.wait_until_ready()
    before = descendants(processes_server.pid)
    failure = failure_of(processes_server, source, 0.5)
    assert failure.status is Status.TIMED_OUT
    deadline = time.monotonic() + 10  # the keeper ends just after it has told
    while (left := descendants(processes_server.pid) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left


def descendants(pid: int | None) -> set[int]:
    """List every process below one, whoever it belongs to."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
    found, more = set(), {pid}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return found


def test_with_processes_a_program_is_refused_in_words_that_name_it(processes_server: ForkServer) -> None:
    failure = failure_of(processes_server, "import subprocess\ndef f():\n    subprocess.run(['true'])\n")
    assert failure.message.startswith("a file outside the working folder, a program or the network is used")


@pytest.mark.parametrize("profile", Profile)
def test_the_profile_in_force_is_named_in_the_layers(profile: Profile) -> None:
    needs(profile, WE)
    server = ForkServer(replace(FILES, profile=profile))
    try:
        server.wait_until_ready()
        assert f"seccomp:{profile}" in server.layers
        assert any(layer.startswith("scratch:") for layer in server.layers) == (profile is not Profile.MEMORY)
    finally:
        server.stop()


def test_a_fork_server_that_lacks_a_required_layer_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "ADVICE", {"selinux": "install it"})
    server = ForkServer(Runtime(), required=("selinux",))
    with pytest.raises(MachineError) as caught:
        server.wait_until_ready()
    assert str(caught.value) == ("the course asks for the layer selinux, which is not in force here: install it")
    assert server.pid is None


RUBRIC = """
title = "Files"
source = "Handout 000"
files = ["train.py"]
[runtime]
modules = ["numpy"]
memory_mb = 512
profile = "files"
[hidden]
seed = 1
[[parts]]
name = "train"
title = "Training"
[checks.total]
part = "train"
points = 2
says = "the points of the data are added up, times the rate of the configuration"
hint = "where does the rate stand?"
"""
TRAIN = """
from pathlib import Path


def total(scale):
    # solution(1a): Add the points up.
    rate = float(Path("configs/rate.txt").read_text())
    points = map(float, Path("data/points.txt").read_text().split())
    Path("out").mkdir()
    Path("out/total.txt").write_text(str(rate * scale * sum(points)))
    return float(Path("out/total.txt").read_text())
    # end solution
"""
CHECKS = """
import pytest
from drivers import total
from grader.authoring import assert_matches

@pytest.mark.parametrize("scale", [1.0, 3.0], ids=str)
def test_total(student, reference, scale):
    assert_matches(student(total, scale=scale), reference(total, scale=scale))
"""


@pytest.fixture
def course(tmp_path: Path) -> CourseAssignment:
    folder = tmp_path / "reference" / "files"
    texts = {
        "assignment.toml": RUBRIC,
        "solution/train.py": TRAIN,
        "solution/configs/rate.txt": "0.5",
        "data/points.txt": "1 2 3",
        "drivers.py": "def total(impl, scale):\n    return {'t': impl.load('train:total')(scale)}\n",
        "checks/test_files.py": CHECKS,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read_assignment(folder)


def test_submission_and_reference_work_on_the_same_files(course: CourseAssignment, tmp_path: Path) -> None:
    needs(Profile.FILES, WE)
    (tmp_path / "handed-in").mkdir()
    (tmp_path / "handed-in" / "train.py").write_text(TRAIN)
    before = set(Path.cwd().iterdir())
    with Grader(course) as grader:
        result = grader.grade(tmp_path / "handed-in")
    assert (result.score, result.max_score) == (2, 2), result.checks[0].message
    assert set(Path.cwd().iterdir()) == before


def test_the_hash_of_the_reference_changes_with_the_data(course: CourseAssignment) -> None:
    before = course.reference_digest
    (course.folder / "data" / "points.txt").write_text("1 2 4")
    assert read_assignment(course.folder).reference_digest != before


def test_a_course_that_asks_for_more_than_the_machine_has_grades_nobody(
    course: CourseAssignment, tmp_path: Path
) -> None:
    """Asked for is a user of their own for workers, which they have only where the grader is started as root."""
    strict = replace(course, assignment=replace(course.assignment, isolation=("uid", "seccomp")))
    (tmp_path / "train.py").write_text(TRAIN)
    with Grader(strict, isolated=False) as grader, pytest.raises(MachineError) as caught:
        grader.grade(tmp_path / "train.py")
    assert [line.partition(",")[0] for line in str(caught.value).splitlines()] == [
        "the course asks for the layer uid",
        "the course asks for the layer seccomp",
    ]


needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
LEARNS = """
    import os
    import torch
    from torch.utils.data import DataLoader, Dataset

    class Numbers(Dataset):
        def __len__(self):
            return 12

        def __getitem__(self, place):
            return torch.full((3,), float(place)), os.getpid()

    def save():
        model = torch.nn.Linear(3, 2)
        os.makedirs("checkpoints")
        torch.save(model.state_dict(), "checkpoints/a.pth")
        state = torch.load("checkpoints/a.pth", weights_only=True)
        return bool(torch.equal(state["weight"], model.weight))

    def load():
        batches = list(DataLoader(Numbers(), batch_size=3, num_workers=2))
        pids = {pid for _, owners in batches for pid in owners.tolist()}
        return [len(batches), sum(batch.sum().item() for batch, _ in batches), len(pids), os.getpid() in pids]
"""


@needs_torch
@pytest.mark.parametrize(
    ("profile", "loaded"), [(Profile.FILES, [4, 198.0, 1, True]), (Profile.PROCESSES, [4, 198.0, 2, False])]
)
def test_torch_saves_checkpoints_and_loads_with_the_processes_it_may_have(profile: Profile, loaded: object) -> None:
    needs(profile, WE)
    server = ForkServer(Runtime(modules=("numpy", "torch"), memory_mb=2048, profile=profile))
    try:
        save, load = observed(server, LEARNS, "save", "load", seconds=20)
        assert (save.value, load.value) == (True, loaded), (save, load)
    finally:
        server.stop()


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed")
def test_matplotlib_draws_into_files() -> None:
    needs(Profile.FILES, WE)
    source = """
        import os
        import matplotlib.pyplot as plt

        def f():
            figure, axes = plt.subplots()
            axes.plot([1, 2, 3])
            axes.set_title("loss")
            for name in ("p.png", "p.pdf", "p.svg"):
                figure.savefig(name)
            return [plt.get_backend(), open("p.png", "rb").read(4) == b"\\x89PNG", os.path.getsize("p.pdf") > 1000]
    """
    server = ForkServer(replace(FILES, modules=("numpy", "matplotlib"), memory_mb=1024))
    try:
        assert value_of(server, source) == ["agg", True, True]
    finally:
        server.stop()
