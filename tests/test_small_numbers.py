"""The generator that examples are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from grader.judging.small_numbers import ATTEMPTS, SmallNumbers


def test_the_first_numbers_of_each_array_are_1_2_3() -> None:
    rng = SmallNumbers()
    assert rng.normal(size=(1, 3)).tolist() == [[1, 2, 3]]
    assert rng.standard_normal(2, np.float32).tolist() == [1, 2]


@pytest.mark.parametrize("attempt", range(ATTEMPTS))
def test_no_two_numbers_of_an_array_are_equal_in_size_and_none_is_zero(attempt: int) -> None:
    rng = SmallNumbers(attempt)
    for draw in (rng.normal, rng.random):
        numbers = np.abs(draw(size=(4, 5)))
        assert len(np.unique(numbers)) == 20
        assert numbers.all()


def test_uniform_numbers_stay_within_their_bounds() -> None:
    for attempt in range(ATTEMPTS):
        rng = SmallNumbers(attempt)
        assert ((rng.random(9) > 0) & (rng.random(9) < 1)).all()
        drawn = rng.uniform(0.5, 0.95, 9)
        assert ((drawn >= 0.5) & (drawn < 0.95)).all()


def test_an_extent_that_is_asked_for_is_stood_in_for() -> None:
    rng = SmallNumbers(extents={5: 1, 3: 2})
    assert rng.normal(size=(3, 5)).shape == (2, 1)
    assert rng.integers(0, 4, 3).shape == (2,)
    assert rng.asked == {3, 5}


def test_numbers_nearby_are_other_ones_of_the_same_sign() -> None:
    plain, near = SmallNumbers(1).normal(size=4), SmallNumbers(1, jittered=True).normal(size=4)
    assert (np.sign(plain) == np.sign(near)).all()
    assert ((np.abs(plain - near) > 0) & (np.abs(plain - near) < 0.02 * np.abs(plain))).all()
