"""One contact with one chip: know it, open it, read what is missing, let it prove itself.

The order is that of ICAO 9303-11 clause 4.2, with Chip Authentication at the very end: its key is
signed together with the files, so a chip that proves it vouches for all that was read before, also
over a lost contact. What was read is in `Kept` and outlives this contact; keys do not.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hw.apdu.chain import (
    EXTENDED,
    SHORT,
    Link,
    SecureMessaging,
    card_link,
    probe_limits,
    secured,
)
from hw.apdu.command import LONGEST_ANSWER, Command, select_file
from hw.apdu.secure_messaging import SessionCipher, most_plain
from hw.apdu.status import StatusWord, bytes_waiting, name_of
from hw.apdu.tlv import Malformed
from hw.cards import profiles
from hw.cards.emrtd import bac, lds, pace, sod
from hw.cards.emrtd.chip_proof import Session
from hw.cards.emrtd.counting import CountedChannel
from hw.cards.emrtd.file_reading import FileReader, KeptFiles, changed
from hw.cards.emrtd.kept import Kept, parsed_infos
from hw.cards.emrtd.lds import ElementaryFile
from hw.cards.emrtd.progress import Progress
from hw.cards.emrtd.security_infos import SecurityInfos
from hw.document_readings import DocumentRequest, MrzKey, ReadingStage
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel

_LOG: Final = logging.getLogger(__name__)
_APPLICATION: Final = bytes.fromhex("A0000002471001")
"""Name of the eMRTD application (ICAO 9303-10 clause 3.6.1)."""
_SELECT: Final = 0xA4
_MASTER_FILE: Final = b"\x3f\x00"
_BY_NAME: Final = 0x04
_NO_ANSWER: Final = 0x0C
_HEALTH_CARD: Final = (0x3F00, 0x1100, 0x1102)
_OTHER_WAY: Final = frozenset({"document.access-refused", "document.pace-broken"})
"""Troubles of PACE after which another way may still do."""
_NEEDED: Final = (lds.data_group(1), lds.SECURITY_OBJECT)
_KEYS: Final = (14, 15)
_DETAILS: Final = (11, 12)
_FACE: Final = 2


class Contact:
    """The conversation with a chip, from power up to the loss of it. For one `read`."""

    def __init__(
        self,
        channel: CardChannel,
        reader: str,
        request: DocumentRequest,
        kept: Kept,
        progress: Progress,
        *,
        most: int | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Talk through `channel`.

        Args:
            channel: a powered card, the master file selected.
            reader: name of its reader.
            request: what opens the chip and what is wanted.
            kept: what earlier contacts brought; grows.
            progress: gets each step.
            most: most bytes to ask for at once, None: as many as reader and chip can. Less loses
                less where the contact is bad.
            random: source of randomness.
        """
        self._channel = CountedChannel(channel, kept.tally)
        self._link: Link = card_link(self._channel, EXTENDED)
        self._reader = reader
        self._request: DocumentRequest | None = request
        self._kept = kept
        self._progress = progress
        self._most = most
        self._random = random
        self._limits = EXTENDED
        self._session: SecureMessaging | None = None
        self._block = 0
        self._infos: SecurityInfos | None = None
        self._profile = profiles.card_profile(None)

    def wipe(self) -> None:
        """Forget the session's keys and what opens the chip. Safe at any moment, on any thread."""
        self._request = None
        session = self._session
        if session is not None:
            session.wipe()

    @property
    def opened(self) -> bool:
        """Whether keys were agreed upon in this contact."""
        return self._session is not None

    def read(self) -> DeviceTrouble | None:
        """Bring into `kept` what is missing in it.

        Returns:
            None when everything is there. Or trouble: `document.unknown-card` (details: what the
            card answered to), `document.not-identity-document`, `document.zone-needed` (only the
            zone's fields open it, and the CAN was given), `document.changed` (not the card of the
            contact before), `document.incomplete`, `document.damaged`, what `pace` and `bac` give
            (`document.wrong-key`, ...), and what the link gives.
        """
        request = self._request
        if request is None:
            return _abandoned()
        for step in (self._know, self._open, self._read_files, self._prove):
            trouble = step(request)
            if trouble is not None:
                return trouble
        return None

    # --- what card is it

    def _know(self, request: DocumentRequest) -> DeviceTrouble | None:
        """Is it an identity document? Whether it is the one of before, its EF.DG1 will tell."""
        del request
        kept = self._kept
        with kept.tally.of("access"):
            access = self._read_access()
        if isinstance(access, DeviceTrouble):
            return access
        trouble = self._measure(access)
        if trouble is not None:
            return trouble
        self._infos = kept.access = parsed_infos(access)
        if self._infos is None or not self._infos.pace:
            with kept.tally.of("access"):
                trouble = self._find_application()
            if trouble is not None:
                return trouble
        kept.known = True
        return None

    def _read_access(self) -> bytes | DeviceTrouble | None:
        """EF.CardAccess, None without; the master file is selected where the chip had not."""
        for selected in (True, False):
            if not selected:
                answer = self._link.exchange(Command(_SELECT, 0x00, _NO_ANSWER, _MASTER_FILE))
                if isinstance(answer, DeviceTrouble):
                    return answer
                if answer.status != StatusWord.OK:
                    break
            access = FileReader(self._link, KeptFiles(), LONGEST_ANSWER).read(lds.CARD_ACCESS)
            if isinstance(access, DeviceTrouble) and access.code != "document.damaged":
                return access
            if isinstance(access, bytes):
                return access
        return None

    def _measure(self, access: bytes | None) -> DeviceTrouble | None:
        """What reader and chip can exchange at once."""
        self._profile = profiles.card_profile(access)
        limits = self._kept.limits.get(self._reader)
        if self._most is not None and self._most <= LONGEST_ANSWER:
            # Contact was lost again and again: it may be a reader that takes the extended format
            # but not its lengths.
            limits = SHORT
        if limits is None:
            with self._kept.tally.of("limits"):
                known = profiles.reader_profile(self._reader).limits
                told = probe_limits(self._link, reader=known, card=self._profile.limits)
            if isinstance(told, DeviceTrouble):
                return told
            limits = self._kept.limits[self._reader] = told
        self._limits = limits
        self._link = card_link(self._channel, limits)
        return None

    def _find_application(self) -> DeviceTrouble | None:
        """Whether a card without PACE has the application; trouble that says what else it is."""
        status = self._select_application(self._link)
        if isinstance(status, DeviceTrouble):
            return status
        if status == StatusWord.OK:
            return None
        for identifier in _HEALTH_CARD:
            answer = self._link.exchange(select_file(identifier))
            if isinstance(answer, DeviceTrouble):
                return answer
            if answer.status != StatusWord.OK and bytes_waiting(answer.status) is None:
                return self._unknown()
        return _not_identity("health-card")

    def _unknown(self) -> DeviceTrouble:
        report = profiles.unknown_card_report(self._link)
        return DeviceTrouble(TroubleKind.REFUSED, "document.unknown-card", report)

    # --- opening

    def _open(self, request: DocumentRequest) -> DeviceTrouble | None:
        """PACE in the order of `pace.choose`, then BAC where the zone's fields are given."""
        self._progress.entered(ReadingStage.OPENING)
        infos = self._infos
        self._kept.proof.begin()
        ways = pace.choose(infos) if infos is not None else ()
        last: DeviceTrouble | None = None
        with self._kept.tally.of("opening"):
            for info in ways:
                _LOG.info("opening by %s", info.name)
                session = pace.authenticate(
                    self._link,
                    info,
                    request.key,
                    several=infos is not None and infos.several_pace_parameters,
                    random=self._random,
                )
                if isinstance(session, pace.PaceSession):
                    if session.mapping_evidence is not None:
                        self._kept.proof.mapping = session.mapping_evidence
                    return self._enter(session.cipher, info.name)
                if session.code not in _OTHER_WAY:
                    return self._with_pause(session)
                _LOG.info("%s: %s", info.name, session.code)
                self._kept.tried.append((info.name, session.code))
                last = session
            if isinstance(request.key, MrzKey):
                return self._open_by_bac(request.key)
        return last or DeviceTrouble(TroubleKind.REFUSED, "document.zone-needed")

    def _open_by_bac(self, key: MrzKey) -> DeviceTrouble | None:
        """BAC, within the application."""
        _LOG.info("opening by BAC")
        status = self._select_application(self._link)
        if isinstance(status, DeviceTrouble):
            return status
        if status != StatusWord.OK:
            return _not_identity("no-application")
        cipher = bac.authenticate(self._link, key, self._random)
        if isinstance(cipher, DeviceTrouble):
            return self._with_pause(cipher)
        self._secure(cipher)
        self._kept.opened = "BAC"
        return None

    def _with_pause(self, trouble: DeviceTrouble) -> DeviceTrouble:
        """A wrong key with the seconds until the next try is worth the while."""
        if trouble.code != "document.wrong-key":
            return trouble
        milliseconds = dict(trouble.details).get("milliseconds", "0")
        seconds = max(self._profile.wrong_key_seconds, int(milliseconds) / 1000)
        pause = ("wait-seconds", str(math.ceil(seconds)))
        return replace(trouble, details=(*trouble.details, pause))

    def _enter(self, cipher: SessionCipher, name: str) -> DeviceTrouble | None:
        """The application, after PACE."""
        self._secure(cipher)
        self._kept.opened = name
        status = self._select_application(self._link)
        if isinstance(status, DeviceTrouble):
            return status
        return None if status == StatusWord.OK else _not_identity("no-application")

    def _secure(self, cipher: SessionCipher) -> None:
        """Talk under `cipher` from now on."""
        before, self._session = (
            self._session,
            SecureMessaging(card_link(self._channel, self._limits), cipher),
        )
        if before is not None:
            before.wipe()
        if self._request is None:  # it was wiped while keys were agreed upon
            self._session.wipe()
        self._link = secured(self._session)
        self._block = cipher.block

    def _select_application(self, link: Link) -> int | DeviceTrouble:
        """Status word of SELECT; P2 0C, or 00 for chips that must tell of themselves."""
        status = 0
        for p2 in (_NO_ANSWER, 0x00):
            le = None if p2 == _NO_ANSWER else LONGEST_ANSWER
            answer = link.exchange(Command(_SELECT, _BY_NAME, p2, _APPLICATION, le))
            if isinstance(answer, DeviceTrouble):
                return answer
            status = answer.status
            if status not in {StatusWord.INCORRECT_P1_P2, StatusWord.WRONG_LENGTH}:
                break
        return StatusWord.OK if bytes_waiting(status) is not None else status

    # --- reading

    def _read_files(self, request: DocumentRequest) -> DeviceTrouble | None:
        """Every file that is wanted and not yet there, each in the fewest exchanges."""
        kept = self._kept
        reader = self._file_reader()
        first = _NEEDED[0]
        if kept.files.whole(first) is not None:
            with kept.tally.of("same"):
                same = reader.proves_same(first)
            if same is not True:
                return changed() if same is False else same
        self._progress.entered(ReadingStage.READING)
        for file in _NEEDED:
            trouble = self._read_file(reader, file)
            if trouble is not None:
                return trouble
            if kept.files.whole(file) is None:
                return _incomplete(file, kept)
        # Nothing depends on EF.COM, so it is not asked for twice.
        common = () if lds.COMMON.name in kept.files.denied else (lds.COMMON,)
        for file in (*common, *self._listed(request)):
            trouble = self._read_file(reader, file)
            if trouble is not None:
                return trouble
            if kept.files.whole(file) is None:
                self._progress.missing(file)
        return None

    def _file_reader(self) -> FileReader:
        most = max(1, most_plain(self._limits.most_answer, self._block))
        most = most if self._most is None else min(most, self._most)
        return FileReader(self._link, self._kept.files, most, self._progress.advanced)

    def _read_file(self, reader: FileReader, file: ElementaryFile) -> DeviceTrouble | None:
        with self._kept.tally.of(file.name):
            outcome = reader.read(file)
        return outcome if isinstance(outcome, DeviceTrouble) else None

    def _listed(self, request: DocumentRequest) -> tuple[ElementaryFile, ...]:
        """The wanted data groups that the document has, by its signed list; the large one last."""
        try:
            there = set(sod.parse(self._kept.files.whole(lds.SECURITY_OBJECT) or b"").digests)
        except Malformed:
            # Nothing will be proven, yet the clerk may want to see what it says.
            there = {*_DETAILS, *_KEYS, _FACE}
        wanted = (*_KEYS, *_DETAILS, *((_FACE,) if request.with_face else ()))
        return tuple(lds.data_group(number) for number in wanted if number in there)

    # --- the chip's own proof

    def _prove(self, request: DocumentRequest) -> DeviceTrouble | None:
        """Let the chip prove that it holds the key which the document says it has."""
        del request
        self._progress.entered(ReadingStage.CHECKING)
        files = self._kept.files
        with self._kept.tally.of("proof"):
            return self._kept.proof.ask(
                Session(
                    self._link,
                    self._secure,
                    self._file_reader,
                    self._channel.loss,
                    self._random,
                ),
                parsed_infos(files.whole(lds.data_group(_KEYS[0]))),
                files.whole(lds.data_group(_KEYS[1])),
            )


def _not_identity(what: str) -> DeviceTrouble:
    details = (("kind", what),)
    return DeviceTrouble(TroubleKind.REFUSED, "document.not-identity-document", details)


def _incomplete(file: ElementaryFile, kept: Kept) -> DeviceTrouble:
    denied = kept.files.denied.get(file.name, [0])
    status = name_of(kept.files.missing.get(file.name, denied[-1]))
    details = (("file", file.name), ("status", status))
    return DeviceTrouble(TroubleKind.DAMAGED, "document.incomplete", details)


def _abandoned() -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.REFUSED, "card.abandoned")
