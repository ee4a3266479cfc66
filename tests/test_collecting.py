"""The garbage collector: looks seldom inside, as before outside."""

import gc
import threading

import pytest

from dgs.kernel.collecting import SELDOM, seldom_collected


def test_the_thresholds_are_lifted_inside_and_put_back_also_after_a_fault():
    before = gc.get_threshold()
    assert before != SELDOM
    assert seldom_collected(gc.get_threshold)() == SELDOM
    assert gc.get_threshold() == before
    with pytest.raises(ZeroDivisionError):
        seldom_collected(lambda: 1 / 0)()
    assert gc.get_threshold() == before


def test_of_two_threads_the_last_that_ends_puts_the_thresholds_back():
    before = gc.get_threshold()
    inside, go_on = threading.Event(), threading.Event()

    @seldom_collected
    def slow():
        inside.set()
        go_on.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert inside.wait(10)
    seldom_collected(lambda: None)()
    assert gc.get_threshold() == SELDOM
    go_on.set()
    thread.join()
    assert gc.get_threshold() == before
