"""Whose turn it is to speak, by the real speaker with stand-ins for the two programs it runs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from hw.speaker.espeak import SYNTHESISER, EspeakSpeaker
from kiosk.flows.events import Event, SpeechEnded, SpeechFailed
from kiosk.flows.phrases import literal
from kiosk.runtime.voice import Voice
from kiosk.strings.catalogue import Catalogue

FIRST, SECOND = UUID(int=1), UUID(int=2)


@dataclass
class Room:
    """A voice with what is heard of it. The texts reach the loudspeaker as they are."""

    path: Path
    events: list[Event] = field(default_factory=list)
    voice: Voice = field(init=False)

    def __post_init__(self) -> None:
        self._program(
            SYNTHESISER,
            f"""case "$1" in
            --voices*) touch '{self.path}/asked'
                while [ -e '{self.path}/hold' ]; do sleep 0.02; done
                echo heading; echo voice;;
            *) exec cat;; esac""",
        )
        self._program(
            "player",
            f"""cat >> '{self.path}/heard'
            while [ -e '{self.path}/long' ]; do sleep 0.02; done""",
        )
        speaker = EspeakSpeaker((str(self.path / "player"),))
        self.voice = Voice(speaker, {"it": Catalogue.load("it")}, self.events.append)

    def _program(self, name: str, body: str) -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        program.chmod(0o755)

    @property
    def heard(self) -> str:
        heard = self.path / "heard"
        return heard.read_text(encoding="utf-8") if heard.exists() else ""

    def speak(self, turn: int, session_id: UUID, text: str) -> None:
        self.voice.speak(turn, session_id, (literal(text),), "it")

    def speaking(self, turn: int, session_id: UUID, text: str) -> threading.Thread:
        thread = threading.Thread(target=self.speak, args=(turn, session_id, text))
        thread.start()
        return thread


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    made = Room(tmp_path)
    yield made
    for name in ("hold", "long"):
        (tmp_path / name).unlink(missing_ok=True)
    made.voice.silence()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_turn_is_spoken_and_its_end_told(room: Room) -> None:
    room.speak(room.voice.next_turn(), FIRST, "Riepilogo")
    assert room.heard == "Riepilogo"
    assert room.events == [SpeechEnded(FIRST)]


def test_what_is_queued_is_not_read_to_the_next_person(room: Room) -> None:
    turn = room.voice.next_turn()
    room.voice.silence()
    room.speak(turn, FIRST, "Riepilogo")
    assert (room.heard, room.events) == ("", [])
    room.speak(room.voice.next_turn(), SECOND, "Benvenuto")
    assert (room.heard, room.events) == ("Benvenuto", [SpeechEnded(SECOND)])


def test_what_is_about_to_start_is_called_off_and_silence_does_not_wait(room: Room) -> None:
    (room.path / "hold").touch()
    speaking = room.speaking(room.voice.next_turn(), FIRST, "Riepilogo")
    until((room.path / "asked").exists)
    began = time.monotonic()
    room.voice.silence()
    assert time.monotonic() - began < 0.5
    (room.path / "hold").unlink()
    speaking.join(5.0)
    assert not speaking.is_alive()
    assert (room.heard, room.events) == ("", [])


def test_a_speech_that_is_overtaken_leaves_the_word_to_the_new_one(room: Room) -> None:
    (room.path / "long").touch()
    speaking = room.speaking(room.voice.next_turn(), FIRST, "Pagina. ")
    until(lambda: room.heard == "Pagina. ")
    turn = room.voice.next_turn()
    speaking.join(5.0)
    assert not speaking.is_alive()
    (room.path / "long").unlink()
    room.speak(turn, FIRST, "Avviso.")
    assert (room.heard, room.events) == ("Pagina. Avviso.", [SpeechEnded(FIRST)])


def test_trouble_is_told(room: Room) -> None:
    (room.path / "player").unlink()
    room.speak(room.voice.next_turn(), FIRST, "Riepilogo")
    assert room.events == [SpeechFailed(FIRST, "speaker.failed")]
