"""`grader.rules.late`: what lateness costs, to the microsecond."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import RUBRIC, build

from grader.course.discovery import read_assignment
from grader.errors import CourseError, MomentError
from grader.model.assignment import AfterLast, LatePolicy, Period
from grader.rules.late import Extension, decide, due_at, extension, moment, takes_time_away

BUCHAREST = ZoneInfo("Europe/Bucharest")
TICK = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)

# Handout 004: 2 points until 16.04.2024, 23:59; 0.25 points a day for 4 days; later at most 1 point.
HANDOUT = LatePolicy(
    due="2024-04-16T23:59:00",
    time_zone="Europe/Bucharest",
    per=Period.DAY,
    deduct=Fraction(1, 4),
    periods=4,
    then=AfterLast.CAP,
    cap=Fraction(1),
)
FULL = Fraction(2)


def wall(text: str, zone: ZoneInfo = BUCHAREST, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def score(policy: LatePolicy, submitted: dt.datetime, of: Fraction = FULL, **given: object) -> Fraction:
    return decide(policy, submitted, **given).left_of(of)  # type: ignore[arg-type]  # what decide takes by name


def lines(policy: LatePolicy, submitted: dt.datetime | None, of: Fraction = FULL, **given: object) -> list[str]:
    """Give what is told of a decision but the policy's terms, which other tests read."""
    decision = decide(policy, submitted, **given)  # type: ignore[arg-type]  # as above
    outcomes = [line for line in decision.outcomes(of) if line.message != decision.terms]
    return [f"{line.message}: −{float(-line.points):.2f}" if line.points else line.message for line in outcomes]


@pytest.mark.parametrize(
    ("after_the_deadline", "left"),
    [
        (-DAY, "2"),
        (-TICK, "2"),
        (0 * DAY, "2"),
        (TICK, "7/4"),
        (DAY, "7/4"),
        (DAY + TICK, "3/2"),
        (2 * DAY, "3/2"),
        (2 * DAY + TICK, "5/4"),
        (3 * DAY, "5/4"),
        (3 * DAY + TICK, "1"),
        (4 * DAY, "1"),
        (4 * DAY + TICK, "1"),
        (400 * DAY, "1"),
    ],
)
def test_handout_004_takes_a_quarter_for_each_started_day_and_leaves_a_point_in_the_end(
    after_the_deadline: dt.timedelta, left: str
) -> None:
    deadline = wall("2024-04-16T23:59:00").astimezone(dt.UTC)
    assert score(HANDOUT, deadline + after_the_deadline) == Fraction(left)


@pytest.mark.parametrize(
    ("earned", "day_four", "day_five"), [("2", "1", "1"), ("6/5", "1/5", "1"), ("1/2", "0", "1/2"), ("0", "0", "0")]
)
def test_a_cap_is_the_most_that_is_left_and_no_deduction(earned: str, day_four: str, day_five: str) -> None:
    """Read to the letter, the handout leaves more on the fifth day than on the fourth of less than full points."""
    deadline = due_at(HANDOUT)
    assert score(HANDOUT, deadline + 4 * DAY, Fraction(earned)) == Fraction(day_four)
    assert score(HANDOUT, deadline + 4 * DAY + TICK, Fraction(earned)) == Fraction(day_five)


def test_a_kept_deduction_stays_what_it_was_after_the_last_period() -> None:
    kept = replace(HANDOUT, then=AfterLast.KEEP)
    assert score(kept, due_at(kept) + 90 * DAY, Fraction(6, 5)) == Fraction(1, 5)


def test_zero_after_the_last_period_leaves_nothing() -> None:
    strict = replace(HANDOUT, then=AfterLast.ZERO)
    assert score(strict, due_at(strict) + 4 * DAY) == 1
    assert score(strict, due_at(strict) + 4 * DAY + TICK) == 0


def test_without_a_last_period_points_go_until_none_are_left() -> None:
    endless = replace(HANDOUT, periods=None)
    assert score(endless, due_at(endless) + 7 * DAY) == Fraction(1, 4)
    assert score(endless, due_at(endless) + 400 * DAY) == 0


def test_a_decision_is_told_line_by_line() -> None:
    assert lines(HANDOUT, wall("2024-04-18T02:59:00")) == ["submitted 1 d 3 h late, so 2 d have begun: −0.50"]
    assert lines(HANDOUT, wall("2024-04-17T00:11:05")) == ["submitted 12 min 5 s late, so 1 d has begun: −0.25"]
    assert lines(HANDOUT, wall("2024-04-22T10:00:00")) == [
        "submitted 5 d 10 h late, so 6 d have begun, more than 4 d: at most 1 point: −1.00"
    ]
    assert lines(HANDOUT, due_at(HANDOUT) + TICK) == ["submitted less than a second late, so 1 d has begun: −0.25"]
    assert lines(HANDOUT, wall("2024-04-16T23:00:00")) == []


def test_a_second_that_costs_a_day_is_told() -> None:
    """`submitted 1 d late`, and two were charged."""
    assert lines(HANDOUT, wall("2024-04-17T23:59:01")) == ["submitted 1 d 1 s late, so 2 d have begun: −0.50"]


@pytest.mark.parametrize(
    ("extended", "takes"),
    [
        (Extension(until="2024-04-16T23:58:59"), True),
        (Extension(until="2024-04-16T23:59:00"), False),
        (Extension(days=1), False),
    ],
)
def test_an_extension_that_ends_before_the_deadline_takes_time_away(
    extended: Extension, takes: bool
) -> None:  # a case of the table
    assert takes_time_away(HANDOUT, extended) is takes


def test_what_is_taken_is_told_and_never_more_than_there_was() -> None:
    assert lines(HANDOUT, due_at(HANDOUT) + 4 * DAY, Fraction(1, 10)) == [
        "submitted 4 d late, so 4 d have begun: −0.10"
    ]


def test_a_submission_whose_time_nobody_knows_loses_nothing_and_says_so() -> None:
    assert lines(HANDOUT, None) == ["no time of submission is known: nothing is deducted"]


@pytest.mark.parametrize(
    ("due", "next_boundary"),
    [
        # The clocks go from 3:00 to 4:00 on 31 March 2024, and from 4:00 to 3:00 on 27 October 2024.
        ("2024-03-30T23:59:00", "2024-03-31T23:59:00"),
        ("2024-10-26T23:59:00", "2024-10-27T23:59:00"),
    ],
)
def test_a_day_is_a_day_of_the_wall_clock_though_it_has_23_or_25_hours(due: str, next_boundary: str) -> None:
    policy = replace(HANDOUT, due=due)
    end = wall(next_boundary).astimezone(dt.UTC)
    assert end - due_at(policy) != DAY
    assert decide(policy, end).periods == 1
    assert decide(policy, end + TICK).periods == 2


def test_an_hour_is_an_hour_though_the_wall_clock_jumps() -> None:
    hourly = replace(HANDOUT, due="2024-03-31T02:30:00", per=Period.HOUR)
    assert decide(hourly, wall("2024-03-31T04:30:00")).periods == 1
    assert decide(hourly, wall("2024-03-31T04:30:00.000001")).periods == 2


def test_a_deadline_that_the_clock_shows_twice_is_the_second_time() -> None:
    policy = replace(HANDOUT, due="2024-10-27T03:30:00")
    assert not decide(policy, wall("2024-10-27T03:30:00", fold=1)).periods
    assert decide(policy, wall("2024-10-27T03:30:00.000001", fold=1)).periods == 1


def test_a_deadline_that_the_clock_skips_is_the_later_reading() -> None:
    policy = replace(HANDOUT, due="2024-03-31T03:30:00")
    assert due_at(policy) == wall("2024-03-31T04:30:00").astimezone(dt.UTC)


def test_grace_moves_every_boundary_and_no_further() -> None:
    gracious = replace(HANDOUT, grace_minutes=10)
    grace = dt.timedelta(minutes=10)
    deadline = due_at(gracious)
    assert score(gracious, deadline + grace) == 2
    assert lines(gracious, deadline + grace) == ["submitted 10 min late, within the 10 min of grace"]
    assert score(gracious, deadline + grace + TICK) == Fraction(7, 4)
    assert score(gracious, deadline + DAY + grace) == Fraction(7, 4)
    assert score(gracious, deadline + DAY + grace + TICK) == Fraction(3, 2)


def test_an_extension_moves_the_deadline_by_days_of_the_wall_clock_and_then_by_hours() -> None:
    policy = replace(HANDOUT, due="2024-03-30T23:59:00")
    extended = Extension(days=1, hours=2)
    assert decide(policy, None, extended).due == wall("2024-04-01T01:59:00").astimezone(dt.UTC)
    assert lines(policy, wall("2024-04-01T02:59:00"), extended=extended) == [
        "due 2024-04-01 01:59 in Europe/Bucharest, extended by 1 d 2 h",
        "submitted 1 h late, so 1 d has begun: −0.25",
    ]


def test_an_extension_may_name_its_own_deadline() -> None:
    extended = Extension(until="2024-04-20T12:00:00")
    assert score(HANDOUT, wall("2024-04-20T12:00:00"), extended=extended) == 2
    assert lines(HANDOUT, wall("2024-04-20T13:00:00"), extended=extended)[0] == (
        "due 2024-04-20 12:00 in Europe/Bucharest, an extension"
    )


def test_late_days_are_used_before_points_are_lost() -> None:
    generous = replace(HANDOUT, late_days=3)
    submitted = due_at(generous) + DAY + TICK
    assert score(generous, submitted) == 2
    assert decide(generous, submitted).late_days_used == 2
    assert lines(generous, submitted) == ["submitted 1 d late, so 2 d have begun: 2 d of the late days used, 1 left"]
    assert lines(generous, submitted, days_left=1) == [
        "submitted 1 d late, so 2 d have begun: 1 d of the late days used, 0 left",
        "1 d more: −0.25",
    ]
    assert score(generous, submitted, days_left=0) == Fraction(3, 2)
    assert score(generous, submitted, days_left=-2) == Fraction(3, 2)


def test_late_days_come_before_the_days_that_deduct() -> None:
    generous = replace(HANDOUT, late_days=2)
    assert score(generous, due_at(generous) + 6 * DAY) == 1
    assert decide(generous, due_at(generous) + 6 * DAY).at_most is None
    assert decide(generous, due_at(generous) + 6 * DAY + TICK).at_most == 1


@given(st.integers(0, 20 * 24 * 3600), st.integers(0, 24 * 3600), st.sampled_from([AfterLast.ZERO, AfterLast.KEEP]))
def test_who_submits_later_never_has_more(seconds: int, more: int, then: AfterLast) -> None:
    policy = replace(HANDOUT, due="2024-10-26T23:59:00", then=then, grace_minutes=7)
    first = due_at(policy) + dt.timedelta(seconds=seconds)
    assert score(policy, first + dt.timedelta(seconds=more)) <= score(policy, first)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 d", Extension(days=2)),
        ("36h", Extension(hours=36)),
        (" 1 d 12 h ", Extension(days=1, hours=12)),
        ("2024-04-20T12:00", Extension(until="2024-04-20T12:00:00")),
    ],
)
def test_an_extension_is_read_as_people_write_it(text: str, wanted: Extension) -> None:
    assert extension(text) == wanted


@pytest.mark.parametrize("text", ["", "two days", "d", "-1 d", "2024-04-20T12:00+03:00", "0001-01-01", "1 h 2 d"])
def test_what_is_no_extension_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(MomentError, match="expected days and hours such as 2 d or 36 h"):
        extension(text)


def test_a_time_without_an_offset_is_one_of_the_courses_wall_clock() -> None:
    assert moment("2024-04-16T23:59", "Europe/Bucharest") == dt.datetime(2024, 4, 16, 20, 59, tzinfo=dt.UTC)
    assert moment("2024-04-16T20:59Z", "Europe/Bucharest") == dt.datetime(2024, 4, 16, 20, 59, tzinfo=dt.UTC)


def test_a_time_that_the_clock_shows_twice_is_the_first_for_a_submission() -> None:
    assert moment("2024-10-27T03:30", "Europe/Bucharest") == dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "16.04.2024", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_time_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(MomentError, match="expected a time such as 2024-04-16T23:59"):
        moment(text, "Europe/Bucharest")


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (
            HANDOUT,
            (
                "due 2024-04-16 23:59 in Europe/Bucharest; each day that begins after it takes 0.25 points; "
                "after 4 days at most 1 point can be left"
            ),
        ),
        (
            replace(HANDOUT, per=Period.HOUR, deduct=Fraction(1), periods=1, then=AfterLast.ZERO),
            (
                "due 2024-04-16 23:59 in Europe/Bucharest; each hour that begins after it takes 1 point; "
                "after 1 hour nothing is left"
            ),
        ),
        (
            replace(HANDOUT, then=AfterLast.KEEP),
            (
                "due 2024-04-16 23:59 in Europe/Bucharest; each day that begins after it takes 0.25 points; "
                "after 4 days no more is taken"
            ),
        ),
        (
            replace(HANDOUT, periods=None),
            "due 2024-04-16 23:59 in Europe/Bucharest; each day that begins after it takes 0.25 points",
        ),
        (
            replace(HANDOUT, deduct=Fraction(0), periods=0, then=AfterLast.ZERO),
            "due 2024-04-16 23:59 in Europe/Bucharest; after 0 days nothing is left",
        ),
    ],
)
def test_whoever_is_late_is_told_the_terms_before_the_sum(policy: LatePolicy, sentence: str) -> None:
    first, *rest = decide(policy, wall("2024-04-18T02:59:00")).outcomes(FULL)
    assert (first.message, first.points) == (sentence, 0)
    assert rest[-1].points <= 0


def test_an_extension_tells_the_deadline_and_the_terms_do_not_tell_another() -> None:
    told_lines = decide(HANDOUT, wall("2024-04-20T13:00:00"), extension("2 d")).outcomes(FULL)
    assert told_lines[0].message.startswith("each day that begins after the deadline takes 0.25 points")
    assert [line.message for line in told_lines if "due " in line.message] == [
        "due 2024-04-18 23:59 in Europe/Bucharest, extended by 2 d"
    ]


def test_whoever_is_on_time_is_told_no_terms() -> None:
    assert decide(HANDOUT, wall("2024-04-16T12:00:00")).outcomes(FULL) == ()


def rubric(folder: Path, *lines: str) -> LatePolicy | None:
    """Read the policy of a rubric that ends with these lines."""
    return read_assignment(build(folder, rubric="\n".join((RUBRIC, "[late]", *lines)))).assignment.late


DUE = ("due = 2024-04-16T23:59:00", 'time_zone = "Europe/Bucharest"')


def test_a_rubric_states_handout_004_in_points(tmp_path: Path) -> None:
    assert rubric(tmp_path, *DUE, "deduct = 0.25", "for = 4", 'then = "cap"', "cap = 1") == HANDOUT


def test_a_rubric_may_state_hundredths_of_all_points(tmp_path: Path) -> None:
    policy = rubric(tmp_path, *DUE, "deduct_percent = 12.5", "for = 4", 'then = "cap"', "cap_percent = 50")
    assert policy is not None
    assert (policy.deduct, policy.cap) == (Fraction(5, 4), 5)  # of the 10 points of that course


def test_an_assignment_without_a_late_policy_has_none(tmp_path: Path) -> None:
    assert read_assignment(build(tmp_path)).assignment.late is None


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (DUE, "expected one of deduct (points) and deduct_percent (of all points) for each started period"),
        ((*DUE, "deduct = 1", "deduct_percent = 1"), "expected one of deduct (points) and deduct_percent"),
        ((*DUE, "deduct = 1", "for = 4"), "`for` says how many periods deduct and `then` what comes after them"),
        ((*DUE, "deduct = 1", 'then = "zero"'), "`for` says how many periods deduct and `then` what comes after them"),
        ((*DUE, "deduct = 1", "for = 4", 'then = "cap"'), 'expected one of cap and cap_percent where then = "cap"'),
        ((*DUE, "deduct = 1", "for = 4", 'then = "zero"', "cap = 1"), "expected one of cap and cap_percent where then"),
        ((*DUE, "deduct = 1", 'per = "hour"', "late_days = 2"), 'late_days counts started days: expected per = "day"'),
        ((*DUE, "deduct = 1", 'per = "week"'), "late.per: is 'week', expected day, hour"),
        ((*DUE, "deduct = -1"), "late.deduct: is -1"),
        (
            (DUE[0], 'time_zone = "Europe/Bukarest"', "deduct = 1"),
            "late.time_zone: is 'Europe/Bukarest', expected a time",
        ),
        (
            (DUE[0], 'time_zone = "../etc/passwd"', "deduct = 1"),
            "late.time_zone: is '../etc/passwd', expected a time zone",
        ),
        ((f"{DUE[0]}+03:00", DUE[1], "deduct = 1"), "late.due: is 2024-04-16T23:59:00+03:00, expected no offset"),
        (("due = 0001-01-01T00:00:00", DUE[1], "deduct = 1"), "late.due: is in the year 1, expected 1970 to 8999"),
        (
            ("due = 2024-04-16", DUE[1], "deduct = 1"),
            "late.due: is 2024-04-16, expected a day and a time such as 2027-04-16T23:59:00",
        ),
    ],
)
def test_a_late_policy_that_says_nothing_or_too_much_is_told(
    tmp_path: Path, lines: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CourseError) as refused:
        rubric(tmp_path, *lines)
    assert sentence in str(refused.value)
