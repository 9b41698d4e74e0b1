"""What a student is told of a failure: as much as helps, and nothing that carries hidden inputs."""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import MissingError, UnsendableError
from grader.model.observation import BrokenFile, FailureReport, Frame, Returned
from grader.model.result import QuotedLine
from grader.model.status import Status
from grader.model.submission import SourceMap
from grader.sandbox import protocol
from grader.sandbox.guest.program import Program
from grader.wording import failures, phrases
from grader.wording.failures import Quotable, broken_sentence, explain, is_harmless, names_in, quoted_lines

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests share the cores
ALLOWED = "this assignment may import the standard library and numpy"
RELU = "import numpy as np\n\n\nclass ReLU:\n    def forward(self, x):\n        return np.maximum(x, low)\n"
SOURCES = {"modules/relu.py": RELU}
HANDED_IN = Quotable(sources=SOURCES)
DRIVERS = "def relu(impl, x):\n    return {'dx': impl.load('modules.relu:ReLU')().forward(x)}\n"


def nested(count: int) -> list[object]:
    tree: list[object] = []
    for _ in range(count):
        tree = [tree]
    return tree


def message(report: FailureReport, **broken: BrokenFile) -> str:
    files = {name.replace("__", "/") + ".py": why for name, why in broken.items()}
    return explain(report, Quotable(sources=SOURCES, broken=files, known=DRIVERS)).message


def raised(exception: str, text: str = "", *frames: Frame) -> FailureReport:
    return FailureReport(status=Status.RAISED, exception=exception, text=text, frames=frames)


FORWARD = Frame("modules/relu.py", 6, "forward")

# Code that fails, in one line each where a line is enough. Its own words are the only ones that a message may repeat.
PYTHON = r"""
[][0]
rows = []; rows[0] = 1
()[0]
""[0]
range(3)[5]
from collections import deque; deque()[0]
[1].pop(4)
[].pop()
from collections import deque; deque().pop()
[1, 2][1.5]
(1, 2)[1.5]
"ab"["a"]
[1][None:"a"]
1 / 0
1 // 0
1 % 0
1.0 / 0
1.0 // 0
1.0 % 0
import math; math.sqrt(-1)
import math; math.exp(1000)
def again(): return again()\nagain()
def again(x): return again(x) < 1\nagain(1)
class Loop:\n    def __eq__(self, other): return self == other\nLoop() == 1
def again(x): return max([1, 2], key=again)\nagain(1)
def again(x): return max([1, 2], key=again)\n(lambda: again(1))()
None[0]
list(3)
next(3)
3()
range(1.5)
pair = (1, 2); pair[0] = 1
class Conv: pass\nConv().cache
class Conv: pass\nConv.cache
import math; math.cbr
len(3)
1 in 3
{}[[]]
[] + 1
"ab" ** 2
divmod("ab", 2)
total = "ab"; total |= 1
-"ab"
abs("ab")
"ab" < 1
[1] * 1.5
[1] + (1,)
(1,) + [1]
"ab" + 1
first, second = 3
first, second = 1,
first, second = 1, 2, 3
low
def f():\n    print(low)\n    low = 1\nf()
def f():\n    def g(): return low\n    g()\n    low = 1\nf()
def f(x): pass\nf(1, stride=2)
def f(x): pass\nf(1, x=2)
class Conv: pass\nConv(1)
def f(x, y): pass\nf(1, 2, 3)
class Conv:\n    def forward(self): pass\nConv().forward(1)
(lambda x: x)(1, 2)
def f(x): pass\nf(*range(1), 2)
def f(): pass\nf(1)
def f(*, k): pass\nf(1)
def f(x, y=1): pass\nf(1, 2, 3)
def f(x, y): pass\nf(1)
def f(x, y): pass\nf()
def f(x, y, z): pass\nf()
def f(x, *, k): pass\nf(1)
{}["dw"]
"""
NUMPY = """
np.zeros(3) + np.zeros(4)
np.zeros((2, 3)) * np.zeros((3, 2))
np.add(np.zeros(3), np.zeros(3), out=np.zeros(4))
np.einsum("ij,jk->ik", np.zeros((2, 3)), np.zeros((4, 5)))
np.broadcast_to(np.zeros(3), (2, 4))
np.pad(np.zeros(3), ((1, 1), (1, 1)))
np.zeros((3, 3))[np.array([1, 2]), np.array([0, 1, 2])]
x = np.zeros(3); x += np.zeros((2, 3))
x = np.zeros((2, 3)); x[:] = np.zeros(4)
np.zeros((2, 3)).reshape(4)
np.zeros((2, 3)).reshape(4, -1)
np.zeros((2, 3)).reshape(2, 2, 2, 2)
np.dot(np.zeros((2, 3)), np.zeros((2, 3)))
np.tensordot(np.zeros((2, 3)), np.zeros((4, 5)))
np.zeros((2, 3)) @ np.zeros((2, 3))
np.zeros((2, 3)) @ 3
np.vecdot(np.zeros(3), np.zeros(4))
np.zeros(3)[5]
np.zeros((2, 3))[:, np.array([4])]
np.zeros((2, 3)).sum(axis=4)
np.swapaxes(np.zeros((2, 3)), 0, 5)
np.moveaxis(np.zeros((2, 3)), 0, 5)
np.moveaxis(np.zeros((2, 3)), 5, 0)
np.zeros((2, 3))[0, 0, 0]
np.float64(3)[0]
np.zeros(3)[1.5]
np.zeros(3)[np.zeros(2)]
np.zeros(3)[np.array([True, False])]
np.concatenate([np.zeros((2, 3)), np.zeros((2, 4))], axis=0)
np.concatenate([np.zeros(3), np.zeros((3, 1))])
np.concatenate([])
np.stack([np.zeros(3), np.zeros(4)])
np.zeros((2, 3)).transpose(0, 1, 2)
np.squeeze(np.zeros((2, 3)), axis=0)
np.split(np.zeros(5), 2)
np.zeros((2, -1))
range(np.zeros(3))
float(np.zeros(3))
x = np.zeros(3); x[0] = [1, 2]
np.array([[1, 2], [3]])
if np.zeros(3): pass
np.zeros(0).max()
np.zeros((0, 3)).argmin(axis=0)
x = np.zeros(3, int); x += 1.5
x = np.zeros(3, np.uint8); x -= np.ones(3)
np.linalg.inv(np.zeros((2, 3)))
np.linalg.inv(np.zeros((2, 2)))
np.zeros(3).shapes
np.linalg.inverse
list(np.float64(3))
np.zeros(3)()
first, second = np.float64(3)
{np.zeros(2): 1}
None + np.zeros(3)
"""
TORCH = """
torch.zeros(2, 3) @ torch.zeros(4, 5)
torch.nn.Linear(3, 4)(torch.zeros(2, 5))
torch.zeros(3) + torch.zeros(4)
torch.zeros(6).reshape(4, -1)
torch.zeros(2, 3)[0, 5]
torch.zeros(2).sum(5)
torch.zeros(2, 3)[0, 0, 0]
torch.cat([torch.zeros(2, 3), torch.zeros(2, 4)])
torch.stack([torch.zeros(3), torch.zeros(4)])
torch.nn.functional.conv2d(torch.zeros(1, 3, 8, 8), torch.zeros(4, 2, 3, 3))
torch.zeros(3).sum().backward()
x = torch.zeros(3, requires_grad=True); x += 1
torch.zeros(3).requires_grad_().numpy()
if torch.zeros(3): pass
torch.zeros(3).shapes
"""
FAILING = [line.replace("\\n", "\n") for line in (PYTHON + NUMPY + TORCH).strip().splitlines() if line]


def text_of(snippet: str) -> str:
    """Run code that fails and give what the exception says of itself."""
    names = {"np": np, **({"torch": pytest.importorskip("torch")} if "torch" in snippet else {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception, match="") as caught:
            exec(compile(snippet, "snippet", "exec"), names)  # noqa: S102  # our own code, made to fail
    return str(caught.value)


def deeper(more: int, snippet: str) -> str:
    """Run code that fails on a stack that holds more frames."""
    return deeper(more - 1, snippet) if more else text_of(snippet)


@pytest.mark.parametrize("snippet", FAILING)
def test_what_python_numpy_and_torch_say_is_repeated(snippet: str) -> None:
    text = text_of(snippet)
    assert is_harmless(text, {"snippet.py": snippet}), text


def test_every_phrase_is_one_that_can_be_heard() -> None:
    """A pattern that the pinned versions never say helps nobody and widens what a submission may pretend to say."""
    heard = [text_of(snippet) for snippet in FAILING]
    # Where the stack ends, and so what is said there, depends on how deep it was before.
    heard += [deeper(more, snippet) for snippet in FAILING if "return" in snippet for more in range(4)]
    silent = [
        phrase for phrase in phrases.PHRASES if not any(phrases.pattern(phrase).fullmatch(text) for text in heard)
    ]
    assert silent == []


# One right filling for each gap of a phrase.
FILLINGS = {
    "number": "3", "shape": "(3,4)", "shapes": "(3,) (4,) ", "matrix": "2x3", "sizes": "[3, 4]", "name": "f",
    "dotted": "numpy.float64", "function": "Conv.f", "names": "'f', 'f', and 'f'", "s": "s", "operator": "+",
    "comparison": "<", "signature": "(n),(n)->()", "place": "the value[3]", "path": "a/b",
}  # fmt: skip
SUBMISSION = {"a/b.py": "class Conv:\n    def f(self, a, b): pass"}
data = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:f}"),
    st.integers(min_value=10**phrases.MOST_DIGITS).map(str),
    st.lists(st.integers(0, 99), min_size=17, max_size=30).map(str),
    st.text("qxz", min_size=2, max_size=20),
    st.text("жщ", min_size=1),
    st.text("\u0660\u0661\u0662", min_size=1),
)
gaps = [(phrase, gap) for phrase in phrases.PHRASES for gap in range(phrase.count("{"))]


def filled(phrase: str, gap: int = -1, filling: str = "") -> str:
    """Fill the gaps of a phrase rightly, but for one."""
    names = iter(range(phrase.count("{")))
    return re.sub(r"\{(\w+)\}", lambda found: filling if next(names) == gap else FILLINGS[found[1]], phrase)


@pytest.mark.parametrize("phrase", phrases.PHRASES)
def test_a_phrase_with_sizes_and_known_words_is_harmless(phrase: str) -> None:
    assert is_harmless(filled(phrase), SUBMISSION)


@calm
@given(place=st.sampled_from(gaps), filling=data)
def test_a_phrase_with_data_in_a_gap_is_not_harmless(place: tuple[str, int], filling: str) -> None:
    assert not is_harmless(filled(*place, filling), SUBMISSION)


@calm
@given(phrase=st.sampled_from(phrases.PHRASES), filling=data, position=st.integers(0, 400))
def test_a_phrase_with_data_beside_or_inside_it_is_not_harmless(phrase: str, filling: str, position: int) -> None:
    text = filled(phrase)
    at = position % (len(text) + 1)
    assert not is_harmless(f"{text[:at]} {filling} {text[at:]}", SUBMISSION)


heard = st.sampled_from([phrases.pattern(phrase) for phrase in phrases.HARMLESS])
spoken = heard.flatmap(lambda fits: st.from_regex(fits, fullmatch=True))
VOCABULARY = failures._KNOWN_WORDS.union(*map(failures.WORD.findall, [*phrases.PHRASES, *SUBMISSION.values()]))


@calm
@given(text=spoken)
def test_what_is_harmless_holds_few_and_short_numbers(text: str) -> None:
    numbers = re.findall(r"\d+", text)
    small = len(numbers) <= failures.MAX_NUMBERS and all(len(number) <= phrases.MOST_DIGITS for number in numbers)
    assert small or not is_harmless(text, SUBMISSION)


@calm
@given(text=spoken)
def test_what_is_harmless_holds_no_float(text: str) -> None:
    assert not (re.search(r"\d\.\d", text) and is_harmless(text, SUBMISSION))


@calm
@given(text=spoken)
def test_what_is_harmless_holds_only_known_words(text: str) -> None:
    words = failures.WORD.findall(re.sub(r"(?<=\d)x(?=\d)", " ", text))  # a matrix of 2x3
    words = [word for word in words if word not in {"n", "m", "k"}]  # the sizes in a ufunc's signature
    assert VOCABULARY.issuperset(words) or not is_harmless(text, SUBMISSION)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.5",
        "[0.12, -0.34]",
        "[1, 2, 3]",
        "12345",
        "'12345'",
        "'0.5'",
        "the input was 3",
        "index 123456 is out of bounds for axis 0 with size 3",
        "index 1.5 is out of bounds for axis 0 with size 3",
        "index 5 is out of bounds for axis 0 with size 3, x = 7",
        "index \u0665 is out of bounds for axis 0 with size 3",
        "operands could not be broadcast together with shapes (3,) (4,) 0.25",
        "operands could not be broadcast together with shapes (3.5,) (4,) ",
        "operands could not be broadcast together with shapes ((,,- ,(,",
        "operands could not be broadcast together with shapes      ",
        "operands could not be broadcast together with shapes " + "(1,2) " * 9,
        "cannot reshape array of size 6 into shape (123456,)",
        "maximum recursion depth exceeded 0.12 -0.34",
        "maximum recursion depth exceeded while reading secret",
        "setting an array element with a sequence. 0.12 -0.34",
        "f() missing 1 required positional argument: 0.25",
        "f() missing 1 required positional argument: 'secret'",
        "f() missing 2 required positional arguments: 'f' and 'secret'",
        "secret() takes no arguments",
        "Conv.secret() takes no arguments",
        "name 'secret' is not defined",
        "name 'a1b2c3' is not defined",
        "'secret'",
        "'ключ'",
        "'héhé'",
        "'1_2_3'",
        "'secret' object is not iterable",
        "'numpy.secret' object is not iterable",
        "module 'numpy.1.2.3' has no attribute 'f'",
        "module 'secret' has no attribute 'f'",
        "'list' object has no attribute 'f'. Did you mean: 'secret'?",
        "unsupported operand type(s) for secret: 'int' and 'str'",
        "'secret' not supported between instances of 'int' and 'str'",
        "zero-size array to reduction operation secret which has no identity",
        "Cannot cast ufunc 'secret' output from dtype('float64') to dtype('int64') with casting rule 'same_kind'",
        "Cannot cast ufunc 'add' output from dtype('secret') to dtype('int64') with casting rule 'same_kind'",
        "add: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (a) (size 2 differs)",
        "shape '[0.5, 2]' is invalid for input of size 3",
        "division by zero\n0.12",
        "division by zero ",
        "f() missing 9 required positional arguments: " + ", ".join(["'f'"] * 200),
        "f() missing 9 required positional arguments: " + ", ".join(f"'{name}'" for name in sorted(dir(math))[5:22]),
    ],
)
def test_a_text_that_could_carry_data_is_not_repeated(text: str) -> None:
    assert not is_harmless(text, {"a.py": "class Conv:\n    def f(self): pass", "b.py": " ".join(dir(math))})


# What is said of a failed call.


def test_an_exception_is_told_with_its_function_and_line() -> None:
    said = message(raised("NameError", "name 'low' is not defined", FORWARD))
    assert said == "NameError in forward at modules/relu.py line 6: name 'low' is not defined"


def test_the_deepest_place_is_told() -> None:
    said = message(raised("ValueError", "", Frame("modules/relu.py", 1, "<module>"), FORWARD))
    assert said == "ValueError in forward at modules/relu.py line 6"


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        ("ValueError", "ValueError"),
        ("ReLU", "ReLU"),
        ("a1b2c3", "an exception"),
        ("0.25", "an exception"),
        ("", "an exception"),
        ("ValueError: 0.25", "an exception"),
    ],
)
def test_only_a_known_exception_is_named(exception: str, said: str) -> None:
    assert message(raised(exception)) == said


@pytest.mark.parametrize("text", ["x is [0.12, -0.34]", "12345678", "name 'a1b2c3' is not defined"])
def test_an_exceptions_text_is_kept_from_the_student_and_for_the_instructor(text: str) -> None:
    failure = explain(raised("ValueError", text, FORWARD), HANDED_IN)
    assert failure.message == "ValueError in forward at modules/relu.py line 6"
    assert failure.text == text


@pytest.mark.parametrize(
    "place",
    [Frame("/etc/passwd", 1, "f"), Frame("modules/relu.py", 99, "f"), Frame("modules/relu.py", -1, "f")],
)
def test_a_place_that_is_not_in_the_submission_is_not_told(place: Frame) -> None:
    failure = explain(raised("ValueError", "", place), HANDED_IN)
    assert (failure.message, failure.frames) == ("ValueError", ())


@pytest.mark.parametrize("name", ["a1b2c3", "0.25", "for", "relu", "forward and 0.25", ""])
def test_a_function_that_its_file_does_not_have_is_not_named(name: str) -> None:
    """`code.replace(co_name=...)` puts any text where a function's name is expected."""
    failure = explain(raised("ValueError", "", Frame("modules/relu.py", 6, name)), HANDED_IN)
    assert failure.message == "ValueError at modules/relu.py line 6"
    assert [frame.function for frame in failure.frames] == [""]


@pytest.mark.parametrize("name", ["<module>", "<lambda>", "<listcomp>"])
def test_a_place_outside_a_function_is_told_by_its_line(name: str) -> None:
    failure = explain(raised("ValueError", "", Frame("modules/relu.py", 1, name)), HANDED_IN)
    assert failure.message == "ValueError at modules/relu.py line 1"
    assert failure.frames[0].function == name


def test_what_is_not_written_is_told_with_its_place() -> None:
    text = "1a: Keep what"
    report = FailureReport(status=Status.UNWRITTEN, exception="NotImplementedError", text=text, frames=(FORWARD,))
    assert message(report) == "not written yet at modules/relu.py line 6"


ASKED = {"modules/relu.py:ReLU.forward": "(self, x)", "modules/relu.py:ReLU.backward": "(self, dout)"}


@pytest.mark.parametrize(
    ("source", "exception", "text", "note"),
    [
        (
            "class ReLU:\n    def forward(self):\n        return 1\n",
            "TypeError",
            "ReLU.forward() takes 1 positional argument but 2 were given",
            " (modules/relu.py line 2: def forward(self), expected (self, x))",
        ),
        (
            "class ReLU:\n    def __init__(self, size):\n        pass\n",
            "TypeError",
            "ReLU.__init__() missing 1 required positional argument: 'size'",
            " (modules/relu.py line 2: def __init__(self, size))",
        ),
        (
            "class ReLU:\n    def fwd(self, x):\n        return x\n",
            "AttributeError",
            "'ReLU' object has no attribute 'forward'",
            " (modules/relu.py line 1: class ReLU defines fwd, expected def forward(self, x))",
        ),
        (
            "class ReLU:\n    def foward(self, x):\n        return x\n",
            "AttributeError",
            "'ReLU' object has no attribute 'forward'",
            (
                " (modules/relu.py line 1: class ReLU defines foward, expected def forward(self, x))."
                " Did you mean: 'foward'?"
            ),
        ),
        ("", "AttributeError", "module 'numpy' has no attribute 'maximun'", ". Did you mean: 'maximum'?"),
        ("maximun = numpy = 1", "AttributeError", "'list' object has no attribute 'maximun'", ""),
    ],
)
def test_a_call_that_does_not_fit_is_told_with_the_definition_and_what_was_expected(
    source: str, exception: str, text: str, note: str
) -> None:
    """It named neither the file nor the line of the `def`, which is what has to be changed."""
    quotable = Quotable(sources={"modules/relu.py": source}, known=f"{DRIVERS} maximun backward size", asked=ASKED)
    report = FailureReport(status=Status.RAISED, exception=exception, text=text)
    assert explain(report, quotable).message == f"{exception}: {text}{note}"


def test_the_name_that_was_meant_is_offered() -> None:
    """Python says so under a traceback, and we did not repeat it."""
    source = "def forward(x):\n    widths = x\n    return width\n"
    frame = Frame("modules/relu.py", 3, "forward")
    report = FailureReport(
        status=Status.RAISED, exception="NameError", text="name 'width' is not defined", frames=(frame,)
    )
    said = explain(report, Quotable(sources={"modules/relu.py": source})).message
    assert said.endswith("line 3: name 'width' is not defined. Did you mean: 'widths'?")


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({}, "modules/relu.py is missing from the submission"),
        ({"modules/relu.py": "class Relu: pass"}, "modules/relu.py defines no ReLU"),
    ],
)
def test_what_the_drivers_ask_for_and_the_submission_lacks_is_named(sources: dict[str, str], said: str) -> None:
    with Program(sources).running() as program, pytest.raises(MissingError) as caught:
        program.load("modules.relu:ReLU")
    report = FailureReport(status=Status.UNWRITTEN, exception="MissingError", text=str(caught.value))
    assert explain(report, Quotable(sources=sources, known=DRIVERS)).message == said


@pytest.mark.parametrize(
    "text",
    ["0.12-0.34 is missing from the submission", "a1/b2/c3.py is missing from the submission", "x.py defines no q"],
)
@pytest.mark.parametrize("exception", ["MissingError", "NotImplementedError"])
def test_nothing_can_be_told_by_pretending_that_a_file_is_missing(text: str, exception: str) -> None:
    """`raise NotImplementedError(f"{x} is missing from the submission")` reached the student word for word."""
    assert text not in message(FailureReport(status=Status.UNWRITTEN, exception=exception, text=text))


UNSENDABLE = {
    "an object": (object(), "the value is of type object, expected numbers or arrays"),
    "the student's class": (type("ReLU", (), {})(), "the value is of type ReLU, expected numbers or arrays"),
    "a lambda": (lambda: None, "the value is of type function, expected numbers or arrays"),
    "a generator": (iter(range(3)), "expected numbers or arrays"),
    "an object in a list": ([1, [object()]], "the value[1][0] is of type object, expected numbers or arrays"),
    "an object under a known name": ({"dx": object()}, "dx is of type object, expected numbers or arrays"),
    "an object under an unknown name": ({"a1b2": object()}, "expected numbers or arrays"),
    "a crafted type": (type("a1b2c3", (), {})(), "expected numbers or arrays"),
    "a type with a number for a name": (type("0.12", (), {})(), "expected numbers or arrays"),
    "a key that is no text": ({1: 2}, "the value has a key of type int, expected text"),
    "objects": (np.array([None]), "the value is an array of dtype object, expected numbers"),
    "a large integer": (2**70, "the value is an integer of more than 64 bits"),
    "many dimensions": (np.zeros((1,) * 17), "the value has more than 16 dimensions"),
    "many levels": (nested(40), "the value is nested more than 32 levels deep"),
    "many numbers": ([0] * 20_000, "the value has more than 20000 numbers, texts and arrays"),
    "a large array": (np.broadcast_to(0.0, (2**14, 2**14)), "the value has more than 256 MiB"),
    "no numbers": (np.zeros((0, 2**40)), "the value holds no numbers and has a shape that is too large"),
    "much text": (["x" * 2**16] * 65, "the value has more than 4 MiB of structure"),
}


@pytest.mark.parametrize(("value", "said"), UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_sent_is_told_in_known_words_only(value: object, said: str) -> None:
    with pytest.raises(UnsendableError) as caught:
        protocol.encode("value", 1, value)
    report = FailureReport(status=Status.FAILED, text=str(caught.value))
    assert message(report) == f"what the code returned cannot be graded: {said}"


@pytest.mark.parametrize(
    "text", ["the value[123456] is an integer of more than 64 bits", "0.12 0.34", "the value has more than 999999 MiB"]
)
def test_a_crafted_complaint_is_not_repeated(text: str) -> None:
    report = FailureReport(status=Status.FAILED, text=text)
    assert message(report).endswith("cannot be graded: expected numbers or arrays")


def test_an_import_that_is_not_available_is_told_with_what_is() -> None:
    said = message(raised("ModuleNotFoundError", "pandas cannot be imported here", FORWARD))
    assert said == f"an import is not available at modules/relu.py line 6: {ALLOWED}"


def test_what_is_used_of_an_absent_package_is_named_where_the_submission_names_it() -> None:
    said = message(raised("ModuleNotFoundError", "relu.forward is not available here", FORWARD))
    assert said == f"relu.forward is not available here at modules/relu.py line 6: {ALLOWED}"
    hidden = message(raised("ModuleNotFoundError", "x_is_3.forward is not available here", FORWARD))
    assert hidden == f"an import is not available at modules/relu.py line 6: {ALLOWED}"


def test_a_name_that_a_package_lacks_is_told_without_the_place_of_the_package() -> None:
    text = "cannot import name 'forward' from 'numpy' (/usr/lib/python3/numpy/__init__.py)"
    assert message(raised("ImportError", text)) == "ImportError: cannot import name 'forward' from 'numpy'"


def test_memory_is_told_with_its_place() -> None:
    report = FailureReport(status=Status.OUT_OF_MEMORY, exception="MemoryError", text="0.25", frames=(FORWARD,))
    assert message(report) == "more memory is asked for than there is at modules/relu.py line 6"


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        ("PermissionError", "a file, a process or the network is used: none of them is available here"),
        ("SystemExit", "the code ends the program (SystemExit)"),
    ],
)
def test_what_the_sandbox_refuses_is_told_in_our_words(exception: str, said: str) -> None:
    assert message(raised(exception, "0.25")) == said


def test_a_death_is_told_with_the_file_that_was_being_imported() -> None:
    frames = (Frame("modules/relu.py", 0, ""),)
    report = FailureReport(status=Status.DIED, cause="crashed (segmentation fault)", frames=frames)
    assert message(report) == "the code crashed (segmentation fault) while importing modules/relu.py"


def test_a_deadline_is_told_as_it_is() -> None:
    late = FailureReport(status=Status.TIMED_OUT, cause="gives no answer within 5 seconds")
    assert message(late) == "the code gives no answer within 5 seconds"


def test_a_call_that_was_not_made_is_told_with_the_reason() -> None:
    report = FailureReport(status=Status.TIMED_OUT, cause="the submission has used up its 2 seconds", ran=False)
    assert message(report) == "not run: the submission has used up its 2 seconds"


def test_a_notebook_that_lacks_a_name_is_told_without_a_cell() -> None:
    """It said "cell 1, line 0"."""
    cells = {"relu.py": SourceMap("a.ipynb", ((1, 4), (5, 2)))}
    assert failures.location("relu.py", 0, cells) == "a.ipynb"
    assert failures.location("relu.py", 5, cells) == "a.ipynb cell 5, line 1"


def test_a_line_of_a_notebook_is_told_by_its_cell() -> None:
    quotable = Quotable(sources=SOURCES, source_maps={"modules/relu.py": SourceMap("a.ipynb", ((2, 4), (5, 2)))})
    failure = explain(raised("ValueError", "", FORWARD), quotable)
    assert failure.message == "ValueError in forward at a.ipynb cell 5, line 2"
    (quoted,) = quoted_lines(failure.frames, quotable)
    assert (quoted.file, quoted.cell, quoted.line) == ("a.ipynb", 5, 2)


def test_names_of_modules_and_files_in_a_call_are_no_secret_and_values_are() -> None:
    call = protocol.encode("draw", 0, {"target": "shapes.star:Star", "path": "configs/x.yaml", "text": "secret"})
    assert names_in(call) == "shapes.star:Star configs/x.yaml"


def test_a_file_that_does_not_parse_is_told_to_whoever_imports_it() -> None:
    broken = BrokenFile("invalid syntax", 2, 5)
    places = (Frame("modules/relu.py", 1, "<module>"), Frame("modules/relu.py", 2, ""))
    said = message(raised("BrokenFileError", "invalid syntax (relu.py, line 2)", *places), modules__relu=broken)
    assert said == "modules/relu.py line 2 cannot be read as Python: invalid syntax"


def test_a_broken_file_without_a_line_is_told_without_one() -> None:
    broken = {"a.py": BrokenFile("the compiler crashed on this file")}
    said = broken_sentence("a.py", Quotable(sources={}, broken=broken))
    assert said == "a.py cannot be read as Python: the compiler crashed on this file"


def test_lines_are_quoted_deepest_first_and_without_their_end() -> None:
    quoted = quoted_lines((Frame("modules/relu.py", 4, "<module>"), FORWARD), HANDED_IN)
    assert quoted == (
        QuotedLine(file="modules/relu.py", line=6, function="forward", source="        return np.maximum(x, low)"),
        QuotedLine(file="modules/relu.py", line=4, function="<module>", source="class ReLU:"),
    )


def test_a_line_that_does_not_parse_is_quoted_with_its_column() -> None:
    broken = {"modules/relu.py": BrokenFile("invalid syntax", 4, 7)}
    (quoted,) = quoted_lines((Frame("modules/relu.py", 4, ""),), Quotable(sources=SOURCES, broken=broken))
    assert (quoted.line, quoted.column, quoted.source) == (4, 7, "class ReLU:")


def test_lines_are_counted_as_python_counts_them() -> None:
    """A form feed, which editors put between sections, shifted every line quoted below it."""
    (quoted,) = quoted_lines((Frame("a.py", 3, ""),), Quotable(sources={"a.py": "import os\n\x0c\nfail()\n"}))
    assert quoted.source == "fail()"


def test_at_most_three_lines_are_quoted() -> None:
    assert len(quoted_lines((FORWARD,) * 9, HANDED_IN)) == failures.MAX_QUOTED_LINES


@pytest.mark.parametrize("line", [0, 8])
def test_a_line_that_is_not_there_is_not_quoted(line: int) -> None:
    assert quoted_lines((Frame("modules/relu.py", line, ""),), HANDED_IN) == ()


places = st.builds(Frame, st.sampled_from(["modules/relu.py", "x.py", ""]), st.integers(-3, 12), st.text(max_size=9))
told = st.builds(
    FailureReport,
    status=st.sampled_from([*Status]),
    exception=st.text(max_size=20) | st.sampled_from(["MissingError", "KeyError"]),
    text=data | st.text(max_size=60) | st.builds(lambda place, text: filled(*place, text), st.sampled_from(gaps), data),
    frames=st.lists(places, max_size=3).map(tuple),
)


@calm
@given(report=told)
def test_whatever_a_worker_tells_no_float_and_no_long_number_reaches_a_student(report: FailureReport) -> None:
    assert not re.search(r"\d{6,}|\d\.\d", message(report))


@calm
@given(report=told)
def test_whatever_a_worker_tells_the_message_is_one_line_of_ascii(report: FailureReport) -> None:
    said = message(report)
    assert said.isascii()
    assert said.isprintable()


def returned(kind: str, text: str = "cannot unpack non-iterable NoneType object") -> FailureReport:
    came = Returned(count=1, file="modules/relu.py", function="backward", kind=kind)
    return FailureReport(status=Status.RAISED, exception="TypeError", text=text, returned=came)


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("None", "a tuple of 2 items", "backward returned None, expected a tuple of 2 items"),
        ("an array of shape (2,)", "a number", "backward returned an array of shape (2,), expected a number"),
        ("a list of 2 items", "a list of 2 items", "what backward returned is not what is asked for"),
        ("None", "None", "what the code made is not what is asked for"),
        ("an object of type 0.25", "a number", "what the code made is not what is asked for"),
    ],
)
def test_what_the_courses_code_cannot_work_with_is_told_in_words_of_its_own(
    kind: str, expected: str, said: str
) -> None:
    assert explain(returned(kind), QUOTABLE_RELU, expected).message == said


def test_a_provided_file_is_no_place_to_look_for_a_fault() -> None:
    """A loss of None was told as a TypeError at line 60 of the course's own trainer."""
    frames = (Frame("trainer.py", 1, "train"),)
    report = FailureReport(status=Status.RAISED, exception="TypeError", text="", frames=frames)
    assert explain(report, QUOTABLE_RELU).message == "what the code made is not what is asked for"


def test_an_attribute_that_a_class_lacks_is_named() -> None:
    report = returned("a number", "'ReLU' object has no attribute 'backward'")
    assert explain(report, QUOTABLE_RELU).message == "ReLU has no attribute backward, expected one"


QUOTABLE_RELU = Quotable(
    sources={
        "modules/relu.py": "class ReLU:\n    def backward(self):\n        return None\n",
        "trainer.py": "def train(): pass\n",
    },
    provided={"trainer.py"},
)
