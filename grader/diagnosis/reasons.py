"""Why an array is wrong, as far as its values can tell, in sentences for the student.

A reason is a function of the evidence: a sentence that is exactly true of the values and that chance does not explain
(see `evidence`), or None. What follows its colon is a question, never a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np

from grader.authoring.array_forms import Array
from grader.authoring.compare import Mask
from grader.diagnosis import error_locations, permutations, value_changes
from grader.diagnosis.evidence import Evidence, gather
from grader.model.assignment import ImageLayout
from grader.model.observation import Value

Reason: TypeAlias = Callable[[Evidence], str | None]

MOST_SENTENCES: Final = 2


def reasons(
    got: Array,
    expected: Array,
    *,
    name: str,
    inputs: Mapping[str, Value] | None = None,
    outputs: Value = None,
    previous: Value = None,
    wrong: Mask | None = None,
    is_public: bool = True,
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> tuple[str, ...]:
    """Find out why one array is wrong, most specific first.

    Args:
        got: What the submission gave.
        expected: What it should have given; shape and dtype may differ from `got`.
        name: What the array is called in messages, as `differences` names it.
        inputs: What the driver was called with.
        outputs: The whole value that is expected of this call, to find outputs that were exchanged.
        previous: The whole value, given or expected, of the call before.
        wrong: Which values are wrong, if by another tolerance than the table's.
        is_public: Whether numbers may be told in full; else they are as coarse as expected values are.
        layout: What the axes of images and kernels are.

    Returns:
        At most two sentences; none where nothing explains the values.
    """
    if not got.size or not expected.size or "U" in (got.dtype.kind, expected.dtype.kind):
        return ()
    with np.errstate(all="ignore"):
        evidence = gather(
            got,
            expected,
            name=name,
            inputs=inputs or {},
            outputs=outputs,
            previous=previous,
            wrong=wrong,
            is_public=is_public,
            layout=layout,
        )
        if evidence.wrong is not None and not evidence.wrong.any():
            return _said((value_changes.dtype_alone,), evidence)
        for groups in REASONS:
            found = [sentence for group in groups for sentence in _said(group, evidence)]
            if found:
                return tuple(found[:MOST_SENTENCES])
    return ()


def _said(group: tuple[Reason, ...], evidence: Evidence) -> tuple[str, ...]:
    """Return the first sentence of a group: its reasons are different words for one finding."""
    return next(((sentence,) for reason in group if (sentence := reason(evidence)) is not None), ())


def input_returned(evidence: Evidence) -> str | None:
    """Recognise an input handed back as the result."""
    for given, values in evidence.inputs.items():
        if evidence.explained(values):
            return f"{evidence.name} is the input {given}, unchanged: where does the computed value go?"
    return None


def outputs_exchanged(evidence: Evidence) -> str | None:
    """Recognise the values expected of another output."""
    for other, values in evidence.outputs.items():
        if evidence.explained(values):
            return f"{evidence.name} holds the values expected of {other}: are the two exchanged, or one kept?"
    return None


def stale(evidence: Evidence) -> str | None:
    """Recognise the result of the call before."""
    if any(evidence.explained(values) for values in evidence.previous):
        return f"{evidence.name} is the {evidence.bare_name} of the previous call: is it computed anew in each call?"
    return None


def added_to_earlier(evidence: Evidence) -> str | None:
    """Recognise a result that was added to the one of the call before, or to another output."""
    earlier = [("that of the previous call", values) for values in evidence.previous]
    earlier += [(f"what is expected of {other}", values) for other, values in evidence.outputs.items()]
    for words, values in earlier:
        if values.shape == evidence.expected.shape and evidence.explained(evidence.expected + values):
            return f"{evidence.is_the_expected} plus {words}: is it set anew, or added to what is there?"
    return None


REASONS: Final[tuple[tuple[tuple[Reason, ...], ...], ...]] = (
    (  # of all values
        (input_returned, outputs_exchanged, stale, added_to_earlier),
        (
            error_locations.all_zero,
            error_locations.all_the_same,
            value_changes.sign_reversed,
            value_changes.summed_in_part,
            value_changes.sum_left_out,
            value_changes.scaled,
            value_changes.bias_missing,
            permutations.axes_reordered,
            permutations.reversed_order,
            permutations.laid_out_otherwise,
            permutations.cut_or_extended,
            permutations.shifted,
            value_changes.truncated,
            value_changes.rectified,
            value_changes.offset,
            value_changes.input_added,
            permutations.normalised_elsewhere,
        ),
    ),
    (  # of some places
        (error_locations.left_unfilled,),
        (
            error_locations.in_a_pattern,
            error_locations.one_apart,
            error_locations.right_at_first_only,
        ),
    ),
    ((permutations.shuffled,),),
)
"""The first of these that says anything is all that is said: a place is no news where every value is explained.

In each group the first that holds speaks. Groups and what is in them go from the specific to the general.
"""
