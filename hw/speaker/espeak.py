"""Speech by espeak-ng, played by aplay: two child processes with a pipe between them.

The text goes in by standard input: a command line can be read by every process of the machine.
Both end with the kiosk, however it ends: the kernel kills them when the thread that started them
is gone, and that thread does nothing but wait for them.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind

SYNTHESISER: Final = "espeak-ng"
PLAYER: Final = ("aplay", "--quiet")
_WORDS_PER_MINUTE: Final = "150"
"""A little slower than the voice's own 175, for people who hear a screen for the first time."""
_MORTAL: Final = ("setpriv", "--pdeathsig", "KILL")
"""util-linux (which every Debian has): sets the signal, then becomes the program."""
_PATIENCE: Final = 5.0
_CARDS: Final = Path("/proc/asound/cards")
_NO_VOICE: Final = DeviceTrouble(TroubleKind.ABSENT, "speaker.no-voice")
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "speaker.absent")


class EspeakSpeaker:
    """Implements `Speaker`. Says one text at a time; a new one cuts off the old one."""

    def __init__(self, player: Sequence[str] | None = None, *, cards: Path = _CARDS) -> None:
        """Find the voice; `player` plays WAV from its standard input.

        With a player of one's own no sound card is looked for; else `cards` is ALSA's list of them.
        """
        self._player = tuple(player or PLAYER)
        self._lock = threading.Lock()
        self._speaking: _Utterance | None = None
        self._voices: dict[str, bool] = {}
        self._programs = all(
            shutil.which(name) for name in (SYNTHESISER, self._player[0], _MORTAL[0])
        )
        self._cards = cards if player is None else None

    @property
    def available(self) -> bool:
        """Whether there are a synthesiser, a player and, at this moment, a sound card."""
        return self._programs and (self._cards is None or _has_sound_card(self._cards))

    def say(
        self, text: str, language: str, *, unless: Callable[[], bool] | None = None
    ) -> DeviceTrouble | None:
        """Start saying `text` and return; stops what was being said.

        Args:
            text: what to say.
            language: `it`, `en`, ...
            unless: asked right before the start, when no `silence` can come between; where it says
                True nothing is started nor stopped. Must not call the speaker.

        Returns:
            None (also where `unless` held), or trouble: `speaker.absent` (no sound card or program), `speaker.no-voice` (none
            for this language), `speaker.failed` (a program does not start).
        """
        if not self.available:
            return _ABSENT
        try:
            # Before the lock is taken: it may last seconds, and `silence` must not wait for it.
            has_voice = self._has_voice(language)
            with self._lock:
                if unless is not None and unless():
                    return None
                self._stop()
                if not has_voice:
                    return _NO_VOICE
                self._speaking = _Utterance(text, language, self._player)
        except (OSError, subprocess.SubprocessError) as error:
            details = (("reason", type(error).__name__),)
            return DeviceTrouble(TroubleKind.REFUSED, "speaker.failed", details)
        return None

    def silence(self) -> None:
        """Stop at once. Safe to call at any time; a `say` that is not yet started goes on."""
        with self._lock:
            self._stop()

    def wait(self, seconds: float) -> bool:
        """Wait until the text under way is said; False where `seconds` were not enough."""
        speaking = self._speaking
        return speaking is None or speaking.wait(seconds)

    def _stop(self) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is not None:
            speaking.stop()

    def _has_voice(self, language: str) -> bool:
        """Whether espeak-ng speaks `language`; for one that it does not it would fall silent."""
        if language not in self._voices:
            listed = subprocess.run(  # noqa: S603 - own arguments; the language is letters only
                [SYNTHESISER, f"--voices={language}"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
            # The first line is a heading.
            self._voices[language] = language.isalpha() and len(listed.stdout.splitlines()) > 1
        return self._voices[language]


class _Utterance:
    """One text on its way to the loudspeaker."""

    def __init__(self, text: str, language: str, player: Sequence[str]) -> None:
        """Start saying it. Raises OSError where a program does not start."""
        voice = (SYNTHESISER, "-v", language, "-s", _WORDS_PER_MINUTE, "--stdin", "--stdout")
        self._begun = threading.Event()
        self._hindered: OSError | None = None
        self._processes: tuple[subprocess.Popen[bytes], ...] = ()
        # The two end with this thread: it must be the one that starts them.
        self._thread = threading.Thread(
            target=self._run, args=(text.encode(), voice, player), name="speaker", daemon=True
        )
        self._thread.start()
        self._begun.wait()
        if self._hindered is not None:
            raise self._hindered

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
        self._thread.join(_PATIENCE)

    def wait(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self, text: bytes, voice: Sequence[str], player: Sequence[str]) -> None:
        """Thread: start both, feed the voice, wait for both, so that no dead child stays behind."""
        try:
            self._processes = _started(voice, player)
        except OSError as error:
            self._hindered = error
        finally:
            self._begun.set()
        for process in self._processes:
            if process.stdin is not None:
                # Writing a long text blocks until the voice has said most of it. Broken where it
                # was stopped, or where the player failed: nothing is left to say.
                with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                    pipe.write(text)
            process.wait()


def _started(voice: Sequence[str], player: Sequence[str]) -> tuple[subprocess.Popen[bytes], ...]:
    """The voice, whose input is open, and its player. Raises OSError."""
    for program in (voice[0], player[0]):
        if shutil.which(program) is None:
            raise FileNotFoundError(program)
    speaking = subprocess.Popen(  # noqa: S603 - own arguments, no shell
        [*_MORTAL, *voice],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        playing = subprocess.Popen(  # noqa: S603 - own arguments, no shell
            [*_MORTAL, *player],
            stdin=speaking.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        speaking.kill()
        speaking.communicate()
        raise
    if speaking.stdout is not None:
        speaking.stdout.close()  # the player's alone: it must see the end
    return speaking, playing


def _has_sound_card(listed: Path) -> bool:
    """Whether ALSA knows a card; without one its list says `--- no soundcards ---`."""
    try:
        cards = listed.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return bool(cards.strip()) and "no soundcards" not in cards
