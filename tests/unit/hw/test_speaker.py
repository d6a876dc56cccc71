"""The voice, by the real espeak-ng and ALSA's null and file devices."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble
from hw.ports import Speaker
from hw.speaker.espeak import PLAYER, SYNTHESISER, EspeakSpeaker
from hw.speaker.mute import MuteSpeaker

needs_voice = pytest.mark.skipif(
    shutil.which(SYNTHESISER) is None, reason="no espeak-ng on this machine (Debian: espeak-ng)"
)
needs_player = pytest.mark.skipif(
    shutil.which(PLAYER[0]) is None, reason="no aplay on this machine (Debian: alsa-utils)"
)
KIOSK = """
import sys, time
from hw.speaker.espeak import EspeakSpeaker
speaker = EspeakSpeaker(("sh", "-c", sys.argv[1]))
print(speaker.say("uno due tre " * 4000, "it"), flush=True)
time.sleep(300)
"""
LONG_TEXT = "Inserisca la tessera sanitaria nel lettore. " * 60


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return tmp_path / "sound.wav"


@pytest.fixture
def speaker(sound: Path) -> Iterator[EspeakSpeaker]:
    """A speaker whose player writes what it hears into a file."""
    made = EspeakSpeaker(("sh", "-c", f"exec cat >> '{sound}'"))
    yield made
    made.silence()


def code_of(result: DeviceTrouble | None) -> str:
    assert result is not None
    return result.code


@needs_voice
@pytest.mark.parametrize(("text", "language"), [("Buongiorno. Città.", "it"), ("Hello", "en")])
def test_a_text_becomes_sound(
    speaker: EspeakSpeaker, sound: Path, text: str, language: str
) -> None:
    assert speaker.available
    assert speaker.say(text, language) is None
    assert speaker.wait(20)
    with wave.open(str(sound)) as heard:
        assert heard.getframerate() == 22050
        # espeak-ng does not know the length when it writes the header to a pipe.
    assert sound.stat().st_size > 20_000


@needs_voice
def test_a_language_without_a_voice_is_told(speaker: EspeakSpeaker, sound: Path) -> None:
    assert code_of(speaker.say("x", "qq")) == "speaker.no-voice"
    assert code_of(speaker.say("x", "-f/etc/passwd")) == "speaker.no-voice"
    assert code_of(speaker.say("x", "")) == "speaker.no-voice"
    assert not sound.exists()


@needs_voice
def test_silence_is_at_once_and_a_new_text_cuts_off_the_old() -> None:
    slow = EspeakSpeaker(("sh", "-c", "exec sleep 60"))
    assert slow.say(LONG_TEXT, "it") is None
    assert not slow.wait(0.1)
    began = time.monotonic()
    assert slow.say(LONG_TEXT, "it") is None
    slow.silence()
    assert time.monotonic() - began < 2.0
    assert slow.wait(0)
    slow.silence()


@needs_voice
def test_the_text_is_not_on_any_command_line() -> None:
    speaker = EspeakSpeaker(("sh", "-c", "exec sleep 60"))
    assert speaker.say("RSSMRA80A01H501U " * 100, "it") is None
    lines = [line for line in _command_lines() if SYNTHESISER.encode() in line]
    assert lines
    assert not any(b"RSSMRA80A01H501U" in line for line in lines)
    speaker.silence()


def _command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # the process ended meanwhile
            yield path.read_bytes()


@needs_voice
def test_a_player_that_fails_leaves_nothing_behind() -> None:
    speaker = EspeakSpeaker(("false",))
    assert speaker.say(LONG_TEXT * 20, "it") is None
    assert speaker.wait(20)
    assert speaker.say("Di nuovo.", "it") is None
    assert speaker.wait(20)


@needs_voice
def test_voice_and_player_end_with_a_kiosk_that_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "player"
    kiosk = subprocess.Popen(
        [sys.executable, "-c", KIOSK, f"echo $$ > '{started}'; exec sleep 300"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert kiosk.stdout is not None
    assert kiosk.stdout.readline() == "None\n"
    speaking = Path(f"/proc/{kiosk.pid}/task").glob("*/children")
    children = [int(pid) for each in speaking for pid in each.read_text().split()]
    time.sleep(0.3)
    assert len(children) == 2
    assert int(started.read_text()) in children
    assert all(_runs(pid) for pid in children)
    kiosk.kill()
    kiosk.communicate()
    deadline = time.monotonic() + 5
    while any(_runs(pid) for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


@needs_voice
def test_a_program_that_vanishes_is_told(tmp_path: Path) -> None:
    player = tmp_path / "player"
    player.write_text("#!/bin/sh\ncat >/dev/null\n", encoding="ascii")
    player.chmod(0o755)
    speaker = EspeakSpeaker((str(player),))
    player.unlink()
    assert code_of(speaker.say("x", "it")) == "speaker.failed"
    speaker.silence()


@needs_voice
@needs_player
def test_the_real_player_takes_it() -> None:
    speaker = EspeakSpeaker((*PLAYER, "--device=null"))
    assert speaker.say("Buongiorno.", "it") is None
    assert speaker.wait(20)


def test_silence_does_not_wait_for_the_list_of_voices(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    synthesiser = tmp_path / SYNTHESISER
    listing = f"--voices*) touch '{asked}'; sleep 1.5; echo heading; echo voice;;"
    synthesiser.write_text(f'#!/bin/sh\ncase "$1" in {listing} *) cat;; esac\n', encoding="ascii")
    synthesiser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    speaker = EspeakSpeaker(("sh", "-c", f"exec cat >> '{sound}'"))
    saying = threading.Thread(target=speaker.say, args=("Buongiorno.", "it"))
    saying.start()
    while not asked.exists():
        assert saying.is_alive()
        time.sleep(0.01)
    began = time.monotonic()
    speaker.silence()
    assert time.monotonic() - began < 0.5
    assert saying.is_alive()
    saying.join()
    speaker.silence()


@needs_voice
def test_what_is_called_off_at_the_last_moment_neither_starts_nor_stops_anything(
    speaker: EspeakSpeaker, sound: Path
) -> None:
    assert speaker.say("Buongiorno.", "it", unless=lambda: True) is None
    assert speaker.wait(0)
    assert not sound.exists()
    slow = EspeakSpeaker(("sh", "-c", "exec sleep 60"))
    assert slow.say(LONG_TEXT, "it", unless=lambda: False) is None
    assert slow.say("Buongiorno.", "it", unless=lambda: True) is None
    assert not slow.wait(0.1)
    slow.silence()


def test_a_machine_without_a_player_says_so() -> None:
    speaker = EspeakSpeaker(("no-such-player",))
    assert not speaker.available
    assert code_of(speaker.say("x", "it")) == "speaker.absent"
    speaker.silence()
    assert speaker.wait(0)


@needs_voice
@needs_player
def test_a_sound_card_may_be_pulled_and_plugged_in_again(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    speaker = EspeakSpeaker(cards=cards)
    assert code_of(speaker.say("x", "it")) == "speaker.absent"
    cards.write_text(" 0 [Device ]: USB-Audio - USB Audio Device\n", "utf-8")
    assert speaker.available
    cards.write_text("--- no soundcards ---\n", "utf-8")
    assert not speaker.available


def test_a_station_that_does_not_speak() -> None:
    mute: Speaker = MuteSpeaker()
    assert not mute.available
    assert code_of(mute.say("x", "it")) == "speaker.absent"
    mute.silence()
