"""Forbidden operations in the real sandbox: the roads to a convolution that are seen, and what never is one."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent, indent

import numpy as np
import pytest

from grader.model.assignment import Runtime
from grader.model.observation import Frame, Operation
from grader.sandbox.host.exit_status import NoReply
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.frame_reader import MAX_OPERATIONS, FrameReader
from grader.sandbox.host.session import Session
from grader.sandbox.protocol import encode
from grader.subjects.recordings import call_bytes

pytest.importorskip("torch")

DRIVERS = """
import torch

from grader.drivers.recorded_operations import unrecorded


def run(impl, x, w):
    return {"y": impl.load("layer:f")(torch.from_numpy(x), torch.from_numpy(w))}


def run_unrecorded(impl, x, w):
    with unrecorded():
        run(impl, x, w)
    return run(impl, x, w)


def run_unrecorded_inside(impl, x, w):
    with unrecorded():
        with unrecorded():
            run(impl, x, w)
        run(impl, x, w)
    return run(impl, x, w)
"""
X = np.arange(50, dtype=np.float32).reshape(1, 2, 5, 5) / 50
W = np.linspace(-1, 1, 54, dtype=np.float32).reshape(3, 2, 3, 3)
FORBIDDEN = ("convolution", "unfolding", "autograd")
TORCH = Runtime(modules=("numpy", "torch"), memory_mb=2048)

CONVOLUTIONS = {
    "the function": "return F.conv2d(x, w)",
    "the function of torch": "return torch.conv2d(x, w)",
    "a name put together": "return getattr(F, 'con' + 'v2d')(x, w)",
    "eval": "return eval('F.conv2d(x, w)')",
    "exec": """
    names = {"torch": torch}
    exec("def g(x, w):\\n    return torch.conv2d(x, w)", names)
    return names["g"](x, w)
    """,
    "__import__": "return __import__('torch').nn.functional.conv2d(x, w)",
    "importlib": "import importlib\nreturn importlib.import_module('torch.nn.functional').conv2d(x, w)",
    "sys.modules": "import sys\nreturn sys.modules['torch'].conv2d(x, w)",
    "the module's dict": "return F.__dict__['conv2d'](x, w)",
    "a layer": "layer = nn.Conv2d(2, 3, 3, bias=False)\nlayer.weight.data = w\nreturn layer(x)",
    "a layer's forward inherited": "class L(nn.Conv2d):\n    pass\nreturn L(2, 3, 3)(x)",
    "a lazy layer": "return nn.LazyConv2d(3, 3)(x)",
    "a sequence of layers": "return nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU())(x)",
    "aten.conv2d": "return torch.ops.aten.conv2d(x, w)",
    "aten.convolution": "return torch.ops.aten.convolution(x, w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)",
    "the inner function": "return torch._C._nn.slow_conv3d(x[:, :, None], w[:, :, None], (1, 3, 3))[:, :, 0]",
    "a transposed convolution": "return F.conv_transpose2d(x, w.transpose(0, 1))",
    "rows as a convolution of one dimension": "return F.conv1d(x[:, :, 0], w[:, :, 0])",
    "planes as one of three": "return F.conv3d(x[:, :, None], w[:, :, None])",
    "a compiled function": """
    @torch.jit.script
    def g(x: torch.Tensor, w: torch.Tensor):
        return torch.conv2d(x, w)
    return g(x, w)
    """,
    "a traced function": "return torch.jit.trace(F.conv2d, (x, w))(x, w)",
    "a thread": "import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(F.conv2d(x, w)))\n"
    "t.start()\nt.join()\nreturn found[0]",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor\n"
    "return ThreadPoolExecutor(1).submit(F.conv2d, x, w).result()",
    "a partial function": "import functools\nreturn functools.partial(F.conv2d, weight=w)(x)",
    "map": "return list(map(F.conv2d, [x], [w]))[0]",
    "vmap": "return torch.func.vmap(lambda a: F.conv2d(a[None], w))(x)[0]",
    "functions of torch not overridable": "with torch._C.DisableTorchFunction():\n    return F.conv2d(x, w)",
    "inference mode": "with torch.inference_mode():\n    return F.conv2d(x, w).clone()",
    "another library's layout": "return F.conv2d(x.to_mkldnn(), w.to_mkldnn()).to_dense()",
    "mkldnn by name": "return torch.mkldnn_convolution(x, w, None, [0, 0], [1, 1], [1, 1], 1)",
    "in double precision": "return F.conv2d(x.double(), w.double())",
    "its backward kernel": "return torch.ops.aten.convolution_backward(x[:, :1, :3, :3].expand(1, 3, 3, 3), x, w, None,"
    " [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True, False, False])[0]",
    "the gradient functions": "return nn.grad.conv2d_input((1, 2, 5, 5), w, torch.ones(1, 3, 3, 3))",
    "quantised numbers": """
    from torch.ao.nn.quantized import functional
    xq, wq = torch.quantize_per_tensor(x, 0.1, 0, torch.quint8), torch.quantize_per_tensor(w, 0.1, 0, torch.qint8)
    return functional.conv2d(xq, wq, torch.zeros(3), scale=0.1, zero_point=0).dequantize()
    """,
    "a fused kernel": "one, none = [1, 1], [0, 0]\n"
    "return torch.ops.mkldnn._convolution_pointwise(x, w, None, none, one, one, 1, 'none', [], '')",
    "attrgetter": "import operator\nreturn operator.attrgetter('nn.functional.conv2d')(torch)(x, w)",
    "a layer that is called as a function": "layer = nn.Conv2d(2, 3, 3, bias=False)\n"
    "return torch.func.functional_call(layer, {'weight': w}, (x,))",
    "a layer that was traced and frozen": "layer = torch.jit.trace(nn.Conv2d(2, 3, 3).eval(), x)\n"
    "return torch.jit.optimize_for_inference(torch.jit.freeze(layer))(x)",
    "a finalizer": "import weakref\nclass A:\n    pass\na, found = A(), []\n"
    "weakref.finalize(a, lambda: found.append(F.conv2d(x, w)))\ndel a\nreturn found[0]",
    "reduce": "import functools\nreturn functools.reduce(F.conv2d, [x, w])",
    "numpy rows": "import numpy as np\nreturn torch.from_numpy(np.convolve(x[0, 0, 0].numpy(), w[0, 0, 0].numpy()))",
    "numpy correlated": "import numpy as np\nreturn np.correlate(x[0, 0, 0].numpy(), w[0, 0, 0].numpy())",
    "numpy by an inner name": "from numpy._core.numeric import convolve\nreturn convolve(x[0, 0, 0], w[0, 0, 0])",
    "numpy's function in C": "import numpy as np\n"
    "return np._core.multiarray.correlate(x[0, 0, 0].numpy(), w[0, 0, 0].numpy(), 0)",
    "numpy's other function in C": "from numpy._core import multiarray\n"
    "return multiarray.correlate2(x[0, 0, 0].numpy(), w[0, 0, 0].numpy(), 0)",
    "what numpy's function wraps": "import numpy as np\nf = getattr(np.convolve, '__wrapped__', np.convolve)\n"
    "return f(x[0, 0, 0].numpy(), w[0, 0, 0].numpy())",
    "numpy vectorized": "import numpy as np\n"
    "return np.vectorize(np.convolve, signature='(n),(m)->(k)')(x[0, 0].numpy(), w[0, 0, 0].numpy())",
    "numpy's masked arrays": "import numpy as np\nreturn np.ma.convolve(x[0, 0, 0].numpy(), w[0, 0, 0].numpy())",
    "saved and loaded": "import io\nbuffer, layer = io.BytesIO(), torch.jit.trace(nn.Conv2d(2, 3, 3), x)\n"
    "torch.jit.save(layer, buffer)\nbuffer.seek(0)\nreturn torch.jit.load(buffer)(x)",
    "a kernel looked up": "f = torch._C._get_operation_overload('aten::convolution', '')[0]\n"
    "return f(x, w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)",
    "checkpointed": "from torch.utils.checkpoint import checkpoint\n"
    "return checkpoint(lambda a: F.conv2d(a, w), x, use_reentrant=True)",
    "a tensor of one's own kind": "class T(torch.Tensor):\n    pass\nreturn F.conv2d(x.as_subclass(T), w)",
    "numpy along an axis": "import numpy as np\n"
    "return np.apply_along_axis(np.convolve, 3, x.numpy(), w[0, 0, 0].numpy())",
    "conv_tbc": "return torch.conv_tbc(x[0].transpose(0, 1).contiguous(), torch.ones(3, 5, 4), torch.zeros(4))",
}
OTHERS = {
    "unfold": ("unfolding", "return F.unfold(x, 3)"),
    "the layer Unfold": ("unfolding", "return nn.Unfold(3)(x)"),
    "im2col": ("unfolding", "return torch.ops.aten.im2col(x, [3, 3], [1, 1], [0, 0], [1, 1])"),
    "fold": ("unfolding", "return F.fold(torch.ones(1, 9, 9), 5, 3)"),
    "backward": ("autograd", "w.requires_grad_(True)\n(x.mean() * w).sum().backward()\nreturn w.grad"),
    "autograd.grad": ("autograd", "w.requires_grad_(True)\nreturn torch.autograd.grad((w * w).sum(), w)[0]"),
    "autograd.backward": (
        "autograd",
        "w.requires_grad_(True)\ntorch.autograd.backward([(w * w).sum()])\nreturn w.grad",
    ),
    "a Function of one's own that is differentiated": (
        "autograd",
        """
        class Double(torch.autograd.Function):
            @staticmethod
            def forward(ctx, a):
                return a * 2
            @staticmethod
            def backward(ctx, gradient):
                return gradient * 2
        w.requires_grad_(True)
        Double.apply(w).sum().backward()
        return w.grad
        """,
    ),
    "func.grad": ("autograd", "return torch.func.grad(lambda a: (a * a).sum())(w)"),
    "func.vjp": ("autograd", "return torch.func.vjp(lambda a: a * a, w)[1](w)[0]"),
    "jacobian": ("autograd", "return torch.autograd.functional.jacobian(lambda a: (a * a).sum(), w)"),
    "the engine": (
        "autograd",
        """
        w.requires_grad_(True)
        engine, ones = torch.autograd.Variable._execution_engine, (torch.ones(()),)
        engine.run_backward(((w * w).sum(),), ones, False, False, (), allow_unreachable=True, accumulate_grad=True)
        return w.grad
        """,
    ),
}
INNOCENT = {
    "a comment": "# F.conv2d(x, w) would do it\nreturn x",
    "a string": "text = 'F.conv2d(x, w)'\nreturn x",
    "an import that is not called": "from torch.nn.functional import conv2d, unfold\nreturn x",
    "a layer that is made and not called": "nn.Conv2d(2, 3, 3)\nreturn x",
    "a function that is passed on": "table = {'conv': F.conv2d}\nreturn x",
    "a branch that is not taken": "return F.conv2d(x, w) if x.shape[0] > 99 else x",
    "a method of that name": "class A:\n    def conv2d(self, x):\n        return x * 2\nreturn A().conv2d(x)",
    "a backward of one's own": "class A:\n    def backward(self, x):\n        return x * 2\nreturn A().backward(x)",
    "matmul": "return x.flatten(1) @ w.flatten(1)[0].repeat(3)[:50]",
    "Tensor.__matmul__": "return torch.Tensor.__matmul__(x, x)",
    "einsum": "return torch.einsum('nchw,ochw->no', x[..., :3, :3], w)",
    "tensordot": "return torch.tensordot(x[..., :3, :3], w, dims=([1, 2, 3], [1, 2, 3]))",
    "bmm": "return torch.bmm(x[0], x[0])",
    "pad": "return F.pad(x, (1, 1, 1, 1))",
    "as_strided": "return x.as_strided((1, 2, 3, 3, 3, 3), (50, 25, 5, 1, 5, 1)).sum((4, 5))",
    "Tensor.unfold": "return x.unfold(2, 3, 1).unfold(3, 3, 1).sum((4, 5))",
    "sliding windows of numpy": "import numpy as np\n"
    "return np.lib.stride_tricks.sliding_window_view(x.numpy(), (3, 3), (2, 3)).sum((4, 5))",
    "numpy's einsum": "import numpy as np\nreturn np.einsum('nchw,ochw->no', x.numpy()[..., :3, :3], w.numpy())",
    "flip and transpose": "return x.flip((2, 3)).transpose(2, 3)",
    "slices and accumulation": "y = torch.zeros(1, 3, 3, 3)\nfor i in range(3):\n    for j in range(3):\n"
    "        y += torch.einsum('nchw,oc->nohw', x[..., i:i + 3, j:j + 3], w[..., i, j])\nreturn y",
    "index_add and scatter": "return torch.zeros(5).index_add(0, torch.tensor([0, 0, 3]), torch.ones(3))",
    "a Fourier transform": "return torch.fft.irfft2(torch.fft.rfft2(x))",
    "a linear layer": "return nn.Linear(5, 2)(x)",
    "relu and its mask": "return F.relu(x) * (x > 0)",
    "requires_grad without a backward pass": "w.requires_grad_(True)\nreturn (w * 2).detach()",
    "no_grad and detach": "with torch.no_grad():\n    return w.detach() * 2",
    "a Function of one's own that is only applied": """
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2
    return Double.apply(w)
    """,
    "a parameter": "return nn.Parameter(w).detach()",
    "products of polynomials": "import numpy as np\n"
    "return np.polynomial.polynomial.polymul([1.0, 2.0], [3.0, 4.0]) + np.polymul([1.0, 2.0], [3.0, 4.0])",
    "powers of polynomials": "from numpy.polynomial import Polynomial\nreturn (Polynomial([1, 2]) ** 3).coef",
    "a forward of one's own": "class C(nn.Conv2d):\n    def forward(self, x):\n        return x @ x\n"
    "return C(2, 3, 3)(x)",
    "a gradient that is set by hand": "p = nn.Parameter(w)\np.grad = torch.ones_like(p)\n"
    "torch.optim.SGD([p], lr=0.1).step()\nreturn p.detach()",
    "resizing": "return F.interpolate(x, scale_factor=2, mode='bilinear')",
    "a helper of the course": "import provided\nreturn provided.convolved(x, w)",
}
PROVIDED = "import torch\n\ndef convolved(x, w):\n    return torch.conv2d(x, w)\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    server = ForkServer(TORCH)
    yield server
    server.stop()


def source_of(body: str) -> str:
    head = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\ndef f(x, w):\n"
    return head + indent(dedent(body).strip(), "    ") + "\n"


def operations(
    server: ForkServer, source: str, forbidden: tuple[str, ...] = FORBIDDEN, driver: str = "run"
) -> list[Operation]:
    sources = {"layer.py": source, "provided.py": PROVIDED}
    provided = {"provided.py": PROVIDED}
    session = Session(server, sources, DRIVERS, TORCH, provided=provided, forbidden=forbidden)
    try:
        observation = session.observe(call_bytes(driver, {"x": X, "w": W}), 20.0, seed=1)
    finally:
        session.close()
    assert observation.failure is None, observation.failure
    return [*observation.operations]


@pytest.mark.parametrize("road", CONVOLUTIONS)
def test_a_road_to_a_convolution_is_recorded(server: ForkServer, road: str) -> None:
    seen = operations(server, source_of(CONVOLUTIONS[road]))
    assert {one.entry for one in seen} >= {"convolution"}


@pytest.mark.parametrize("road", OTHERS)
def test_another_forbidden_operation_is_recorded(server: ForkServer, road: str) -> None:
    entry, body = OTHERS[road]
    assert {one.entry for one in operations(server, source_of(body))} == {entry}


@pytest.mark.parametrize("case", INNOCENT)
def test_nothing_is_recorded_of_the_innocent(server: ForkServer, case: str) -> None:
    assert operations(server, source_of(INNOCENT[case])) == []


def test_a_call_is_recorded_with_its_line_and_how_often_it_was_made(server: ForkServer) -> None:
    source = source_of("for _ in range(3):\n    y = F.conv2d(x, w)\nreturn y")
    (seen,) = operations(server, source)
    assert (seen.name, seen.count) == ("aten.convolution", 3)
    assert [(frame.file, frame.line, frame.function) for frame in seen.frames] == [("layer.py", 8, "f")]


def test_what_a_function_of_numpy_calls_itself_is_told_once(server: ForkServer) -> None:
    (seen,) = operations(server, source_of("import numpy\nreturn numpy.convolve(x[0, 0, 0], w[0, 0, 0])"))
    assert (seen.name, seen.count) == ("numpy.convolve", 1)


def test_a_callable_that_the_driver_is_handed_is_recorded_without_a_line(server: ForkServer) -> None:
    (seen,) = operations(server, "import torch\n\nf = torch.conv2d\n")
    assert (seen.entry, seen.frames) == ("convolution", ())


def test_what_a_module_tries_out_as_it_is_imported_is_not_recorded(server: ForkServer) -> None:
    tried = "import torch\n\nassert torch.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)).item() == 9\n"
    assert operations(server, tried + "\n\ndef f(x, w):\n    return x\n") == []


def test_a_module_that_a_function_imports_to_have_it_convolve_is_recorded(server: ForkServer) -> None:
    inner = "import builtins, torch\n\nbuiltins.y = torch.conv2d(*builtins.xw)\n"
    body = f"import builtins, sys, types\nbuiltins.xw = x, w\nexec(compile({inner!r}, 'layer.py', 'exec'), {{}})\n"
    assert [one.entry for one in operations(server, source_of(body + "return builtins.y"))] == ["convolution"]


@pytest.mark.parametrize(
    ("entry", "body", "is_recorded"),
    [
        ("torch.nn.functional.conv2d", "return nn.Conv2d(2, 3, 3)(x)", True),
        ("torch.nn.functional.conv2d", "return F.conv1d(x[:, :, 0], w[:, :, 0])", False),
        ("torch.nn.functional.conv2d", "return F.conv_transpose2d(x, w.transpose(0, 1))", False),
        ("torch.nn.functional.unfold", "return nn.Unfold(3)(x)", True),
        ("torch.nn.functional.unfold", "return x.unfold(2, 3, 1)", False),
        ("torch.einsum", "return torch.functional.einsum('nchw->nc', x)", True),
        ("torch.einsum", "return x.sum((2, 3))", False),
        ("torch.Tensor.unfold", "return x.unfold(2, 3, 1)", True),
        ("torch.matmul", "return torch.matmul(x, x)", True),
        ("torch.nn.Linear", "return nn.Linear(5, 2)(x)", True),
        ("torch.nn.Linear", "nn.Linear(5, 2)\nreturn x", False),
        ("numpy.einsum", "import numpy\nreturn numpy.einsum('nchw->nc', x.numpy())", True),
        ("numpy.linalg.norm", "from numpy.linalg import norm\nreturn norm(x.numpy())", True),
        ("pooling", "return F.max_pool2d(x, 2)", True),
        ("pooling", "return nn.AdaptiveAvgPool2d(2)(x)", True),
        ("pooling", "return F.max_pool1d(x[0], 2)", True),
        ("pooling", "return x.amax((2, 3))", False),
    ],
)
def test_a_dotted_name_or_family_is_what_it_says(
    server: ForkServer, entry: str, body: str, *, is_recorded: bool
) -> None:
    assert [one.entry for one in operations(server, source_of(body), (entry,))] == [entry] * is_recorded


def test_what_a_driver_calls_before_the_call_that_is_judged_is_not_recorded(server: ForkServer) -> None:
    (seen,) = operations(server, source_of("return F.conv2d(x, w)"), driver="run_unrecorded")
    assert seen.count == 1


def test_a_block_that_is_not_recorded_goes_on_after_one_inside_it(server: ForkServer) -> None:
    (seen,) = operations(server, source_of("return F.conv2d(x, w)"), driver="run_unrecorded_inside")
    assert seen.count == 1


ROW = ["operation", "convolution", "aten.convolution", 2, [["layer.py", 3, "f"]]]


def read(*notes: object) -> FrameReader:
    reader = FrameReader()
    reader.feed(b"".join(encode("note", 0, note) for note in notes) + encode("value", 1, 5))
    return reader


def test_an_operation_is_told_with_the_reply_of_its_call_and_with_no_other() -> None:
    reader = read(ROW)
    reader.feed(encode("value", 2, 6))
    assert reader.next_reply(1) is not None
    frames = (Frame("layer.py", 3, "f"),)
    assert reader.operations == (Operation(entry="convolution", name="aten.convolution", count=2, frames=frames),)
    assert reader.next_reply(2) is not None
    assert reader.operations == ()


@pytest.mark.parametrize(
    "note",
    [[*ROW[:3], 0, []], [*ROW[:3], "2", []], [*ROW[:4], [["layer.py", "3", "f"]]], ROW[:4], [*ROW, 1], ["operation"]],
    ids=str,
)
def test_a_malformed_operation_is_no_answer(note: list[object]) -> None:
    reply = read(note).next_reply(1)
    assert isinstance(reply, NoReply)
    assert reply.cause == "gave an answer that cannot be read: a note is malformed"


def test_a_worker_that_tells_operations_without_end_gives_no_answer() -> None:
    assert isinstance(read(*[ROW] * (MAX_OPERATIONS + 1)).next_reply(1), NoReply)
