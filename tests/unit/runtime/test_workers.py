"""A worker keeps nothing of a task that is done."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from kiosk.runtime.workers import Worker


class Typed:
    """What a person typed."""


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_task_held_is_gone_when_it_is_done(*, fails: bool) -> None:
    worker = Worker("test")
    typed = Typed()
    remembered, done = weakref.ref(typed), threading.Event()

    def task(held: Typed = typed) -> None:
        done.set()
        if fails:
            raise RuntimeError(type(held).__name__)

    worker.do(task)
    del typed, task
    assert done.wait(5)
    deadline = time.monotonic() + 5
    while remembered() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
        gc.collect()
    assert remembered() is None
    worker.stop()
