from concurrent.futures import Future

import pytest

from grader.batch.executors.chunks import CHUNK_SECONDS, MOST_CALLS, MOST_IN_HAND, Call, CallQueue


def queued(count: int, seconds: float = 0.0) -> tuple[CallQueue, list[Call]]:
    """Return a queue of so many calls, of which each takes so many seconds as far as that is known."""
    queue, calls = CallQueue(), [Call(Future(), abs, number) for number in range(count)]
    queue.observe(10 if seconds else 0, 10 * seconds)
    for call in calls:
        queue.put(call)
    return queue, calls


def test_calls_whose_time_is_not_known_are_given_alone() -> None:
    queue, calls = queued(100)
    assert queue.take(2) == (calls[0],)


@pytest.mark.parametrize(
    ("seconds", "count"), [(CHUNK_SECONDS / 20, 20), (CHUNK_SECONDS, 1), (60.0, 1), (1e-6, MOST_CALLS)]
)
def test_a_chunk_has_as_many_calls_as_there_is_time_for(seconds: float, count: int) -> None:
    queue, _ = queued(1000, seconds)
    assert len(queue.take(2)) == count


def test_chunks_get_smaller_towards_the_end_and_every_call_is_in_one_of_them() -> None:
    queue, calls = queued(90, 0.025)
    taken = []
    while chunk := queue.take(2):
        taken.append(chunk)
    sizes = [len(chunk) for chunk in taken]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-4:]) == (20, [1, 1, 1, 1])
    assert [call for chunk in taken for call in chunk] == calls


def test_a_call_that_came_back_is_given_alone_and_before_all_others() -> None:
    queue, calls = queued(100, 0.025)
    returned = Call(Future(), abs, -1, returns=1)
    queue.put_back([returned])
    assert queue.take(1) == (returned,)
    assert queue.take(1) == tuple(calls[:20])


def test_calls_before_one_that_came_back_are_given_without_it() -> None:
    queue, calls = queued(3)
    calls[2].returns = 1
    queue.observe(1, 0.001)
    for number in range(97):
        queue.put(Call(Future(), abs, number))
    assert queue.take(1) == tuple(calls[:2])
    assert queue.take(1) == (calls[2],)


def test_the_window_holds_what_is_with_workers_and_as_much_again() -> None:
    assert queued(0, 60.0)[0].window(3) == 6
    assert queued(0, 0.025)[0].window(2) == 4 * 20 + 4 * 19
    assert queued(0, 0.025)[0].window(100) == MOST_IN_HAND
    assert queued(0, 0.025)[0].window(MOST_IN_HAND) == 2 * MOST_IN_HAND
    assert queued(0, 0.025)[0].window(0) == 1
