"""How the parameters of a case shrink."""

from __future__ import annotations

from dataclasses import dataclass

from grader.judging.smaller_cases import Kind, Listed, Shrinking


@dataclass(frozen=True)
class Window:
    images: tuple[int, ...]
    kernel: int
    padding: int = 0
    peak: tuple[int, int] | None = None


def test_every_size_shrinks_to_1_and_an_option_to_its_default_of_0() -> None:
    shrinking = Shrinking.of({"case": Window((2, 3), 3, padding=1, peak=(1, 1))})
    assert shrinking.parameters(next(shrinking.first())) == {"case": Window((1, 1), 1)}


def test_the_largest_case_is_the_one_that_failed() -> None:
    given = {"case": Window((2, 3), 3, padding=1, peak=(1, 1)), "rates": [0.1, 0.2]}
    shrinking = Shrinking.of(given)
    assert shrinking.parameters([*shrinking.starts()][-1]) == given


def test_several_shapes_in_one_parameter_stay_of_one_size() -> None:
    shrinking = Shrinking.of({"layers": ({"weight": (3, 2), "bias": (2,)},)})
    assert {str(shrinking.parameters(point)) for point in shrinking.after(next(shrinking.first()))} == {
        "{'layers': ({'weight': (1, 2), 'bias': (2,)},)}",
        "{'layers': ({'weight': (2, 1), 'bias': (1,)},)}",
    }


def test_an_extent_that_is_drawn_and_stands_in_a_parameter_is_one_number() -> None:
    assert [number.most for number in Shrinking.of({}, drawn={4, 6}).numbers] == [4, 6]
    both = Shrinking.of({"size": 3}, drawn={3, 4}).numbers
    assert [(number.most, number.kind) for number in both] == [(3, Kind.OPTION), (4, Kind.DRAWN)]


def test_what_decides_is_said_by_the_name_of_the_option() -> None:
    shrinking = Shrinking.of({"stride": 2, "size": (1, 3)})
    said = [(there, here) for _, there, here in shrinking.simpler((2, 3))]
    assert said == [("at stride 1", "at stride 2"), ("at size (1, 2)", "at size (1, 3)")]


def test_cases_that_an_author_lists_are_tried_in_their_order() -> None:
    listed = Listed([{"kernel": 2}, {"kernel": 1}])
    first = next(listed.first())
    assert [listed.parameters(point) for point in (first, *listed.after(first))] == [{"kernel": 2}, {"kernel": 1}]
