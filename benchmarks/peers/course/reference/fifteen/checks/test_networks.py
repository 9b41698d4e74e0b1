"""The fifteen checks as hidden tests of `grade`."""

from __future__ import annotations

import pytest
from cases import CASES, drawn
from drivers import result

from grader.authoring import Subject, assert_matches

in_each_case = pytest.mark.parametrize("case", CASES)


def _compare(student: Subject, reference: Subject, name: str, case: int) -> None:
    arguments = [*drawn(name, case)]
    expected = reference(result, name=name, arguments=arguments)
    assert_matches(student(result, name=name, arguments=arguments), expected)


@in_each_case
def test_linear(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "linear", case)


@in_each_case
def test_relu(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "relu", case)


@in_each_case
def test_leaky_relu(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "leaky_relu", case)


@in_each_case
def test_sigmoid(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "sigmoid", case)


@in_each_case
def test_softmax(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "softmax", case)


@in_each_case
def test_log_softmax(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "log_softmax", case)


@in_each_case
def test_cross_entropy(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "cross_entropy", case)


@in_each_case
def test_mean_squared_error(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "mean_squared_error", case)


@in_each_case
def test_convolve(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "convolve", case)


@in_each_case
def test_max_pool(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "max_pool", case)


@in_each_case
def test_batch_norm(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "batch_norm", case)


@in_each_case
def test_layer_norm(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "layer_norm", case)


@in_each_case
def test_attention(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "attention", case)


@in_each_case
def test_momentum_step(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "momentum_step", case)


@in_each_case
def test_loss_gradient(student: Subject, reference: Subject, case: int) -> None:
    _compare(student, reference, "loss_gradient", case)
