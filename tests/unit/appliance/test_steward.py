"""What the steward does for whom."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from appliance import acts, steward
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
def serving(
    folder: Path, user: str | Callable[[socket.socket], str], known: Sequence[Act] = ACTS
) -> Iterator[Path]:
    place = folder / "steward.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        who = user if callable(user) else lambda _connection: user
        thread = threading.Thread(target=Steward(known, who).serve, args=(listening,))
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


@contextmanager
def dialled(place: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(place))
        yield line


def test_who_has_many_lines_open_gets_no_more_and_takes_none_from_others(tmp_path: Path) -> None:
    users = iter([acts.LINK] * 40 + [acts.WINDOW] + [acts.LINK] * 9)
    with serving(tmp_path, lambda _connection: next(users)) as place, ExitStack() as held:
        lines = [held.enter_context(dialled(place)) for _ in range(40)]
        shut = [line for line in lines[steward.MOST_EACH :] if line.recv(1) == b""]
        assert len(shut) == 40 - steward.MOST_EACH
        assert ask("test.echo", {"a": 1}, steward=place) == {"heard": {"a": 1}}
        for line in lines[: steward.MOST_EACH]:
            line.sendall(b"nonsense\n")
            assert line.recv(9) != b""
            assert line.makefile("rb").read() is not None
        answer = ask("test.link", steward=place)
        assert answer == {"heard": {}}


def test_a_request_that_trickles_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steward, "_PATIENCE", 0.4)
    with serving(tmp_path, "root") as place, dialled(place) as line:
        begun = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - begun < 5:
                line.sendall(b" ")
                time.sleep(0.1)
        assert time.monotonic() - begun < 2


def test_a_system_without_tasks_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, none_left = threading.Thread.start, True

    def failing(thread: threading.Thread) -> None:
        if none_left and "answer" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    with serving(tmp_path, acts.WINDOW) as place:
        monkeypatch.setattr(threading.Thread, "start", failing)
        for _ in range(9):
            with dialled(place) as line:
                assert line.recv(1) == b""
        none_left = False
        assert ask("test.echo", steward=place) == {"heard": {}}


def test_who_does_not_listen_holds_up_no_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steward, "_PATIENCE", 0.3)
    ended = threading.Event()

    def talks(_arguments: Json, progress: Progress) -> Json:
        for _ in range(100_000):
            progress(1)
        ended.set()
        return {}

    talking = Act("test.talks", frozenset(), talks)
    with serving(tmp_path, "root", (talking,)) as place, dialled(place) as line:
        line.sendall(b'{"act":"test.talks"}\n')
        assert ended.wait(10)


def test_where_no_steward_is_the_answer_says_so(tmp_path: Path) -> None:
    answer = ask("test.echo", steward=tmp_path / "none")
    assert isinstance(answer, Refusal)
    assert answer.code == acts.AWAY
