"""Results cross from the thread of the network to the one who works on them."""

import asyncio
import threading

import pytest

from laionet.fetching.streaming import in_background


def threads():
    return {thread.name for thread in threading.enumerate()}


async def numbers(count, log=None):
    try:
        for number in range(count):
            await asyncio.sleep(0)
            if log is not None:
                log.append(number)
            yield number
    finally:
        if log is not None:
            log.append("closed")


def test_items_come_in_order():
    assert list(in_background(lambda: numbers(1_000))) == list(range(1_000))
    assert "fetch" not in threads()


def test_the_network_waits_for_the_one_who_works():
    log = []
    items = in_background(lambda: numbers(1_000, log), ahead=3)
    next(items)
    items.close()
    assert len(log) <= 8
    assert log[-1] == "closed"
    assert "fetch" not in threads()


def test_what_goes_wrong_is_raised_where_the_items_are_used():
    async def failing():
        yield 1
        raise ValueError("no more")

    items = in_background(failing)
    assert next(items) == 1
    with pytest.raises(ValueError, match="no more"):
        next(items)
    assert "fetch" not in threads()


def test_it_works_where_a_loop_runs_already():
    async def in_a_notebook():
        return list(in_background(lambda: numbers(3)))

    assert asyncio.run(in_a_notebook()) == [0, 1, 2]


def test_it_ends_where_it_never_began():
    def broken():
        raise RuntimeError("not even an iterator")

    with pytest.raises(RuntimeError, match="not even"):
        list(in_background(broken))
