"""Small networks made of a hidden test's arrays."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from grader.drivers.torch_layers import (
    as_array,
    batches,
    confusion_matrix,
    gradients,
    linear_layer,
    parameters,
    seeding_ignored,
    set_parameters,
)

WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_a_linear_layer_computes_with_the_weight_that_it_is_given() -> None:
    network, x = linear_layer(WEIGHT), np.ones((4, 3, 1, 1), np.float32)
    assert as_array(network(torch.from_numpy(x))).tolist() == [[3, 12]] * 4
    assert [as_array(one).tolist() for one in parameters(network)] == [WEIGHT.tolist(), [0, 0]]


def test_batches_keep_their_order_and_the_last_is_smaller() -> None:
    loader = batches(np.zeros((5, 3, 1, 1), np.float32), np.arange(5), 2)
    assert [labels.tolist() for _, labels in loader] == [[0, 1], [2, 3], [4]]


def test_parameters_are_set_by_their_shape_and_transposed_where_that_fits() -> None:
    network = nn.Linear(3, 2)
    set_parameters(network, [WEIGHT.T, np.array([7, 8], np.float32)])
    assert [as_array(one).tolist() for one in parameters(network)] == [WEIGHT.tolist(), [7, 8]]


def test_gradients_that_were_never_computed_are_zero() -> None:
    network = linear_layer(WEIGHT)
    assert [one.abs().sum().item() for one in gradients(network)] == [0, 0]
    network(torch.ones(1, 3)).sum().backward()
    assert [one.tolist() for one in gradients(network)] == [[[1] * 3] * 2, [1, 1]]


def test_a_confusion_matrix_has_a_row_for_each_true_class() -> None:
    scores = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    assert confusion_matrix(scores, np.array([0, 1, 1])).tolist() == [[1, 0, 0], [0, 0, 2], [0, 0, 0]]


def test_nobody_seeds_torch_inside_the_block_and_everybody_after_it() -> None:
    with seeding_ignored():
        torch.manual_seed(1)
        first = torch.rand(3)
        torch.manual_seed(1)
        assert not torch.equal(first, torch.rand(3))
    torch.manual_seed(1)
    first = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(first, torch.rand(3))


def test_each_of_two_functions_that_seed_torch_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch._dynamo wraps one of them when an optimizer first steps, and a library left changed voids checks."""
    own, wrapped = torch.random.manual_seed, partial(torch.manual_seed)
    monkeypatch.setattr(torch, "manual_seed", wrapped)
    with seeding_ignored():
        assert torch.manual_seed is torch.random.manual_seed
    assert (torch.manual_seed, torch.random.manual_seed) == (wrapped, own)
