"""What the steward does for whom."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance import acts
from appliance.acts import Act, Json, Progress, Refusal
from appliance.asking import ask
from appliance.steward import Steward


def _echo(arguments: Json, progress: Progress) -> Json:
    progress(50)
    return {"heard": arguments}


def _broken(_arguments: Json, _progress: Progress) -> Json:
    raise RuntimeError


def _late(_arguments: Json, _progress: Progress) -> Refusal:
    return Refusal("slot.busy")


ACTS = (
    Act("test.echo", frozenset({acts.WINDOW}), _echo),
    Act("test.link", frozenset({acts.LINK}), _echo),
    Act("test.broken", frozenset({acts.WINDOW}), _broken),
    Act("test.late", frozenset({acts.WINDOW}), _late, alone=True),
)


@contextmanager
def serving(folder: Path, user: str) -> Iterator[Path]:
    place = folder / "steward.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        steward = Steward(ACTS, lambda _connection: user)
        thread = threading.Thread(target=steward.serve, args=(listening,))
        thread.start()
        try:
            yield place
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def test_an_act_is_done_with_its_progress(tmp_path: Path) -> None:
    told: list[int] = []
    with serving(tmp_path, acts.WINDOW) as place:
        assert ask("test.echo", {"a": 1}, progress=told.append, steward=place) == {
            "heard": {"a": 1}
        }
    assert told == [50]


@pytest.mark.parametrize(
    ("user", "act", "code"),
    [
        (acts.LINK, "test.echo", acts.NOT_YOURS),
        ("", "test.echo", acts.NOT_YOURS),
        (acts.WINDOW, "test.other", acts.UNKNOWN_ACT),
        (acts.WINDOW, "test.broken", acts.FAILED),
        (acts.WINDOW, "test.late", "slot.busy"),
        ("root", "test.late", "slot.busy"),
    ],
)
def test_what_is_not_done_says_why(tmp_path: Path, user: str, act: str, code: str) -> None:
    with serving(tmp_path, user) as place:
        answer = ask(act, steward=place)
    assert isinstance(answer, Refusal)
    assert answer.code == code


@pytest.mark.parametrize("said", [b"\n", b"[]\n", b"{\n", b'{"act":"test.echo","arguments":3}\n'])
def test_nonsense_is_refused(tmp_path: Path, said: bytes) -> None:
    with serving(tmp_path, "root") as place, socket.socket(socket.AF_UNIX) as line:
        line.connect(str(place))
        line.sendall(said)
        answer = acts.value_of(line.makefile("rb").readline())
    assert answer is not None
    assert answer["code"] == acts.BAD_REQUEST


def test_where_no_steward_is_the_answer_says_so(tmp_path: Path) -> None:
    answer = ask("test.echo", steward=tmp_path / "none")
    assert isinstance(answer, Refusal)
    assert answer.code == acts.AWAY
