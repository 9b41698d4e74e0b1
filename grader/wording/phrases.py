"""The phrases that a message may repeat: what Python, numpy, torch and our own code say of themselves.

Each has gaps, for sizes and for words that are known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

from grader.wording import notebooks

MOST_AXES: Final = 8  # of a shape that is told
MOST_DIGITS: Final = 5  # of a number that is told

_NAME: Final = r"[A-Za-z_]\w*"
_SIZES: Final = r"(?:\d+|newaxis)"
_SHAPE: Final = rf"\((?:{_SIZES}(?:,{_SIZES}){{0,{MOST_AXES - 1}}},?)?\)"
_OPERATORS: Final = "+|-|*|/|//|%|@|&|^|<<|>>|+=|-=|*=|/=|//=|%=|@=|&=|^=|<<=|>>=|**=|** or pow()|divmod()"
_SIGNATURES: Final = "(n?,k),(k,m?)->(n?,m?)|(n),(n)->()|(m,n),(n)->(m)|(m,m),(m,n)->(m,n)"

# What may stand in a gap of a phrase. Words are captured: each must be known.
_GAPS: Final = {
    "number": r"-?\d+",
    "shape": _SHAPE,
    "spaced": rf"\((?:\d+(?:, \d+){{0,{MOST_AXES - 1}}},?)?\)",
    "shapes": rf"{_SHAPE}(?:(?: |->){_SHAPE})* ?",
    "matrix": r"\d+x\d+",
    "sizes": rf"\[-?\d+(?:, -?\d+){{0,{MOST_AXES - 1}}}\]",
    "name": f"({_NAME})",
    "dotted": rf"({_NAME}(?:\.{_NAME})*)",
    "function": rf"((?:{_NAME}|<lambda>)(?:\.(?:{_NAME}|<locals>|<lambda>))*)",
    "names": f"('{_NAME}'(?:(?:, | and |, and )'{_NAME}')*)",
    "path": rf"({_NAME}(?:/{_NAME})*)",
    "attachment": r"([\w./-]+)",
    "place": rf"(the value|{_NAME})(?:\[\d+\])*",
    "s": "s?",
    "operator": re.escape(_OPERATORS).replace(r"\|", "|") + r"|\|=?",
    "comparison": "[<>]=?",
    "signature": re.escape(_SIGNATURES).replace(r"\|", "|"),
}

_PYTHON: Final = """
list index out of range
list assignment index out of range
tuple index out of range
string index out of range
range object index out of range
deque index out of range
pop index out of range
pop from empty list
pop from an empty deque
list indices must be integers or slices, not {dotted}
tuple indices must be integers or slices, not {dotted}
string indices must be integers, not '{dotted}'
slice indices must be integers or None or have an __index__ method
division by zero
integer division or modulo by zero
integer modulo by zero
float division by zero
float floor division by zero
float modulo
math domain error
math range error
maximum recursion depth exceeded
maximum recursion depth exceeded in comparison
maximum recursion depth exceeded while calling a Python object
'{dotted}' object is not subscriptable
'{dotted}' object is not iterable
'{dotted}' object is not callable
'{dotted}' object is not an iterator
'{dotted}' object cannot be interpreted as an integer
'{dotted}' object does not support item assignment
'{dotted}' object has no attribute '{name}'
type object '{dotted}' has no attribute '{name}'
module '{dotted}' has no attribute '{name}'
object of type '{dotted}' has no len()
argument of type '{dotted}' is not iterable
unhashable type: '{dotted}'
unsupported operand type(s) for {operator}: '{dotted}' and '{dotted}'
bad operand type for unary {operator}: '{dotted}'
bad operand type for abs(): '{dotted}'
'{comparison}' not supported between instances of '{dotted}' and '{dotted}'
can't multiply sequence by non-int of type '{dotted}'
can only concatenate list (not "{dotted}") to list
can only concatenate tuple (not "{dotted}") to tuple
can only concatenate str (not "{dotted}") to str
cannot unpack non-iterable {dotted} object
not enough values to unpack (expected {number}, got {number})
too many values to unpack (expected {number})
name '{name}' is not defined
cannot access local variable '{name}' where it is not associated with a value
cannot access free variable '{name}' where it is not associated with a value in enclosing scope
{function}() got an unexpected keyword argument '{name}'
{function}() got multiple values for argument '{name}'
{function}() takes no arguments
{function}() takes {number} positional argument{s} but {number} was given
{function}() takes {number} positional argument{s} but {number} were given
{function}() takes from {number} to {number} positional arguments but {number} were given
{function}() missing {number} required positional argument{s}: {names}
{function}() missing {number} required keyword-only argument{s}: {names}
'{name}'
"""
_NUMPY: Final = """
operands could not be broadcast together with shapes {shapes}
operands could not be broadcast together with remapped shapes [original->remapped]: {shapes}
operands could not be broadcast together with remapped shapes [original->remapped]: {shapes} and requested shape {shape}
shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}
non-broadcastable output operand with shape {shape} doesn't match the broadcast shape {shape}
could not broadcast input array from shape {shape} into shape {shape}
cannot reshape array of size {number} into shape {shape}
shapes {shape} and {shape} not aligned: {number} (dim {number}) != {number} (dim {number})
shape-mismatch for sum
{name}: Input operand {number} has a mismatch in its core dimension {number}, with gufunc signature {signature} (size \
{number} is different from {number})
{name}: Input operand {number} does not have enough dimensions (has {number}, gufunc core with signature {signature} \
requires {number})
index {number} is out of bounds for axis {number} with size {number}
axis {number} is out of bounds for array of dimension {number}
{name}: axis {number} is out of bounds for array of dimension {number}
too many indices for array: array is {number}-dimensional, but {number} were indexed
invalid index to scalar variable.
only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices
arrays used as indices must be of integer (or boolean) type
boolean index did not match indexed array along axis {number}; size of axis is {number} but size of corresponding \
boolean axis is {number}
all the input array dimensions except for the concatenation axis must match exactly, but along dimension {number}, \
the array at index {number} has size {number} and the array at index {number} has size {number}
all the input arrays must have same number of dimensions, but the array at index {number} has {number} dimension(s) \
and the array at index {number} has {number} dimension(s)
all input arrays must have the same shape
need at least one array to concatenate
axes don't match array
cannot select an axis to squeeze out which has size not equal to one
array split does not result in an equal division
negative dimensions are not allowed
only integer scalar arrays can be converted to a scalar index
only 0-dimensional arrays can be converted to Python scalars
setting an array element with a sequence.
setting an array element with a sequence. The requested array has an inhomogeneous shape after {number} dimensions. \
The detected shape was {shape} + inhomogeneous part.
The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()
zero-size array to reduction operation {name} which has no identity
attempt to get {name} of an empty sequence
Cannot cast ufunc '{name}' output from dtype('{name}') to dtype('{name}') with casting rule 'same_kind'
Last 2 dimensions of the array must be square
Singular matrix
"""
_TORCH: Final = """
mat1 and mat2 shapes cannot be multiplied ({matrix} and {matrix})
The size of tensor a ({number}) must match the size of tensor b ({number}) at non-singleton dimension {number}
shape '{sizes}' is invalid for input of size {number}
index {number} is out of bounds for dimension {number} with size {number}
Dimension out of range (expected to be in range of {sizes}, but got {number})
too many indices for tensor of dimension {number}
Sizes of tensors must match except in dimension {number}. Expected size {number} but got size {number} for tensor \
number {number} in the list.
stack expects each tensor to be equal size, but got {sizes} at entry {number} and {sizes} at entry {number}
Given groups={number}, weight of size {sizes}, expected input{sizes} to have {number} channels, but got {number} \
channels instead
element {number} of tensors does not require grad and does not have a grad_fn
a leaf Variable that requires grad is being used in an in-place operation.
Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.
Boolean value of Tensor with more than one value is ambiguous
"""
PHRASES: Final = tuple(line for line in (_PYTHON + _NUMPY + _TORCH).splitlines() if line)

# What `protocol.encode` says of a value that it cannot send.
COMPLAINTS: Final = (
    "{place} is of type {name}, expected numbers or arrays",
    "{place} has a key of type {name}, expected text",
    "{place} is an array of dtype {name}, expected numbers",
    "{place} is a {dotted} tensor of layout {dotted}, expected a dense one",
    "{place} is an integer of more than {number} bits",
    "{place} has more than {number} dimensions",
    "{place} holds no numbers and has a shape that is too large",
    "the value is nested more than {number} levels deep",
    "the value has more than {number} numbers, texts and arrays",
    "the value has more than {number} MiB",
    "the value has more than {number} MiB of structure",
)

# What a worker may tell of the kind of a value that was returned.
KINDS_RETURNED: Final = (
    "None",
    "a number",
    "a string",
    "a dict",
    "a {dotted} of {number} item{s}",
    "a tensor of one number",
    "a tensor of shape {spaced}",
    "an array of shape {spaced}",
    "an object of type {name}",
)

# What `MissingError` says.
SAYING_WHAT_IS_MISSING: Final = (
    "{path}.py is missing from the submission",
    "{path}.py defines no {name}",
    "{attachment} was not handed in",
)

# What is said of an import that does not succeed.
IMPORTS: Final = (
    "{dotted} is not available here",
    "{path}.py is not in the submission",
    "cannot import name '{name}' from '{dotted}'",
    "cannot import name '{name}' from partially initialized module '{dotted}'",
)


@functools.cache
def pattern(phrase: str) -> re.Pattern[str]:
    """Return what fits a phrase; to compile all of them takes 17 ms, which no command need wait for at its start."""
    pieces = re.split(r"\{(\w+)\}", phrase)
    gaps = [f"(?:{_GAPS[name]})" for name in pieces[1::2]] + [""]
    return re.compile("".join(re.escape(text) + gap for text, gap in zip(pieces[::2], gaps, strict=True)), re.ASCII)


def are_short_sizes(sizes: Sequence[int]) -> bool:
    """Return whether a shape is short enough to be told: what has more axes or longer sizes can carry inputs out."""
    return len(sizes) <= MOST_AXES and all(0 <= size < 10**MOST_DIGITS for size in sizes)


HARMLESS: Final = (*PHRASES, *notebooks.PHRASES)
OF_TORCH: Final = tuple(line for line in _TORCH.splitlines() if line)
OF_A_SIGNATURE: Final = tuple(line for line in _PYTHON.splitlines() if line.startswith("{function}"))
LACKING: Final = re.compile(r"'([A-Za-z_]\w*)' object has no attribute '([A-Za-z_]\w*)'", re.ASCII)
