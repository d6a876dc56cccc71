"""What is fuzzed: each way by which foreign bytes come in, with true ones to begin with.

Cards are here and in `readings`, other devices and what is sent in modules of their own.

A target fails when anything but the trouble it names comes out of the product's code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from hw.apdu import tlv
from hw.apdu.chain import card_link, probe_limits
from hw.apdu.command import Command
from hw.apdu.secure_messaging import SecureMessaging, SessionCipher
from hw.apdu.tlv import Malformed
from hw.cards.cns_token import read_pin_tries
from hw.cards.emrtd import (
    bac,
    certificates,
    face,
    holder,
    lds,
    pace,
    passive_auth,
    revocation,
    security_infos,
)
from hw.cards.emrtd.ciphers import Aes, TripleDes
from hw.cards.emrtd.face_decoding import decode
from hw.cards.ias import read_nis
from hw.cards.profiles import unknown_card_report
from hw.cards.ts_cns import read_health_card
from hw.document_readings import CardAccessNumber, FacePicture, MrzKey
from hw.errors import DeviceTrouble
from tests.emulated.cards import identity_documents as cards
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.face_picture import JPEG, JPEG_2000
from tests.emulated.cards.ts_cns import ts_cns
from tests.fuzz import acts, asks, children, enrolments, fingers, looks, printers, readings, scans
from tests.fuzz.material import CLAIM, TODAY, Recorder, Script, anchors, documents, script

_ZONE: Final = MrzKey("L898902C", "690806", "940623")
_DEEP: Final = 40


_PICTURE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Target:
    """One way in.

    Attributes:
        seeds: true inputs.
        play: takes any input; an exception is a finding.
    """

    seeds: Callable[[], Iterable[bytes]]
    play: Callable[[bytes], None]


# --- bytes in files


def _groups() -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for chip in documents():
        found.update(chip.document.data_groups)
    return found


def _walk(data: bytes) -> None:
    waiting = [(data, 0)]
    while waiting:
        part, depth = waiting.pop()
        try:
            found = tlv.read_all(part)
        except Malformed:
            continue
        for one in found:
            if tlv.only(tlv.encode(one.tag, one.value), one.tag) != one.value:
                raise AssertionError("what was read cannot be written")
            if one.constructed and depth < _DEEP:
                waiting.append((one.value, depth + 1))


def _tlv_seeds() -> Iterable[bytes]:
    return (*_groups().values(), b"\x7f\x49\x03\x86\x01\x00")


def _infos(data: bytes) -> None:
    try:
        found = security_infos.parse(data)
    except Malformed:
        return
    for info in pace.choose(found):
        _ = (info.name, info.group)


def _infos_seeds() -> Iterable[bytes]:
    for chip in documents():
        yield chip.document.card_access or b""
        group = chip.document.data_groups.get(14)
        if group:
            yield tlv.only(group, 0x6E)


def _lds(data: bytes) -> None:
    readers: tuple[Callable[[bytes], object], ...] = (
        *(lds.parse_common, lds.parse_dg1, lds.parse_dg11, lds.parse_dg12),
    )
    which, rest = (data[0] % 5, data[1:]) if data else (0, b"")
    if which == 4:
        _person(rest)
        return
    try:
        readers[which](rest)
    except Malformed:
        return


def _person(data: bytes) -> None:
    """All three files that tell of the holder, as one input."""
    answers = Script(data)
    parts = [answers.transmit(b"") for _ in range(3)]
    texts = [part if isinstance(part, bytes) else b"" for part in parts]
    try:
        zone = lds.parse_dg1(texts[0])
        details = lds.parse_dg11(texts[1]) if texts[1] else None
        issue = lds.parse_dg12(texts[2]) if texts[2] else None
    except Malformed:
        return
    person = holder.holder_of(zone, details, issue, TODAY)
    holder.compare(person, CLAIM)
    holder.compare(person, None)


def _lds_seeds() -> Iterable[bytes]:
    for chip in documents():
        groups = chip.document.data_groups
        yield b"\x00" + chip.document.common
        for which, number in ((1, 1), (2, 11), (3, 12)):
            yield bytes([which]) + groups.get(number, b"")
        yield b"\x04" + script(groups.get(number, b"") for number in (1, 11, 12))


def _face(data: bytes) -> None:
    for take in (face.face_image, face.image_of):
        try:
            take(data)
        except Malformed:
            continue


def _face_seeds() -> Iterable[bytes]:
    for kind in (JPEG, JPEG_2000):
        group = cards.cie(face=kind).document.data_groups[2]
        yield group[:2000]
        yield face.face_image(group).data[:2000]


def _picture(data: bytes) -> None:
    """The decoder proper, in its own process: it may refuse or die there, never here."""
    try:
        image = face.image_of(data)
    except Malformed:
        return
    began = time.monotonic()
    outcome = decode(image, _PICTURE_SECONDS)
    if isinstance(outcome, FacePicture) and len(outcome.rgb) != outcome.width * outcome.height * 3:
        raise AssertionError("a picture of another size than it says")
    if time.monotonic() - began > 2 * _PICTURE_SECONDS:
        raise AssertionError("the decoder was waited for too long")


def _picture_seeds() -> Iterable[bytes]:
    for kind in (JPEG, JPEG_2000):
        yield face.face_image(cards.cie(face=kind).document.data_groups[2]).data


# --- signatures and certificates


def _sod(data: bytes) -> None:
    believed = anchors()
    groups = documents()[0].document.data_groups
    passive_auth.verify(data, groups, believed, TODAY)
    passive_auth.verify_card_security(data, believed, TODAY)


def _sod_seeds() -> Iterable[bytes]:
    for chip in documents():
        yield chip.document.security_object
        if chip.document.card_security:
            yield chip.document.card_security


def _certificates(data: bytes) -> None:
    for parse in (certificates.parse, revocation.parse):
        try:
            found = parse(data)
        except Malformed:
            continue
        _ = repr(found)
    believed = anchors()
    hostile = replace(believed, certificates=(data,), revocation_lists=(data,))
    passive_auth.verify(documents()[0].document.security_object, {}, hostile, TODAY)


def _certificate_seeds() -> Iterable[bytes]:
    believed = anchors()
    return (*believed.certificates, *believed.revocation_lists)


# --- conversations


def _ciphers() -> tuple[SessionCipher, ...]:
    return TripleDes(bytes(range(16)), bytes(range(16, 32))), Aes(bytes(16), bytes(range(16)))


def _messaging(data: bytes) -> None:
    """The input as an answer: as it comes, and under a right checksum."""
    command = Command(0xB0, 0, 0, le=256)
    for cipher in _ciphers():
        SecureMessaging(Script(script([data])), cipher).exchange(command)
    for cipher, twin in zip(_ciphers(), _ciphers(), strict=True):
        twin.advance()
        twin.advance()
        body = data[:-2]
        signed = body + b"\x8e\x08" + twin.mac(body) + data[-2:]
        SecureMessaging(Script(script([signed])), cipher).exchange(command)


def _messaging_seeds() -> Iterable[bytes]:
    return (
        bytes.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"),
        bytes.fromhex("990290008E08FA855A5D4C50A8ED9000"),
        bytes.fromhex("871101") + bytes(16) + bytes.fromhex("990290009000"),
        bytes.fromhex("8503010203990262829000"),
    )


def _health_card(data: bytes) -> None:
    read_health_card(Script(data))
    read_pin_tries(Script(data))


def _health_card_seeds() -> Iterable[bytes]:
    channel = DirectChannel(ts_cns())
    answers: list[bytes] = []
    transmit = channel.transmit

    class Keeping:
        """Keeps what the card answers."""

        def transmit(self, command: bytes) -> bytes | DeviceTrouble:
            answer = transmit(command)
            answers.append(answer if isinstance(answer, bytes) else b"")
            return answer

        def loss(self) -> DeviceTrouble | None:
            return None

        def close(self) -> None:
            """Nothing to let go."""

    read_health_card(Keeping())
    yield script(answers)


def _access(data: bytes) -> None:
    """BAC and every kind of PACE, against the answers of the input."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which % 4 == 0:
        bac.authenticate(Script(rest), _ZONE, random=Random(7).randbytes)
        return
    infos = security_infos.parse(documents()[(0, 2, 3)[which % 4 - 1]].document.card_access or b"")
    for info in pace.choose(infos)[:1]:
        pace.authenticate(
            Script(rest),
            info,
            CardAccessNumber("123456"),
            several=infos.several_pace_parameters,
            random=Random(7).randbytes,
        )


def _access_seeds() -> Iterable[bytes]:
    for which, chip in ((1, cards.cie()), (2, cards.ecdh_card()), (3, cards.cam_card())):
        infos = security_infos.parse(chip.document.card_access or b"")
        channel = Recorder(chip)
        pace.authenticate(
            channel,
            pace.choose(infos)[0],
            cards.can_key(chip),
            several=infos.several_pace_parameters,
            random=Random(7).randbytes,
        )
        yield bytes([which]) + script(channel.answers)


def _unopened(data: bytes) -> None:
    """What is read of a card before any key: lengths, services number, report on its kind."""
    probe_limits(card_link(Script(data)))
    read_nis(card_link(Script(data)), bytes(32), Random(7).randbytes, trusted=(anchors(), TODAY))
    unknown_card_report(card_link(Script(data)))


def _unopened_seeds() -> Iterable[bytes]:
    for chip in (cards.cie(), cards.cie_8_byte_nonce()):
        for read in (
            probe_limits,
            unknown_card_report,
            lambda link: read_nis(link, bytes(32), Random(7).randbytes),
        ):
            channel = Recorder(chip)
            chip.reset()
            read(card_link(channel))
            yield script(channel.answers)


TARGETS: Final[Mapping[str, Target]] = {
    "tlv": Target(_tlv_seeds, _walk),
    "security-infos": Target(_infos_seeds, _infos),
    "files": Target(_lds_seeds, _lds),
    "face-files": Target(_face_seeds, _face),
    "pictures": Target(_picture_seeds, _picture),
    "security-objects": Target(_sod_seeds, _sod),
    "certificates": Target(_certificate_seeds, _certificates),
    "secure-messaging": Target(_messaging_seeds, _messaging),
    "health-cards": Target(_health_card_seeds, _health_card),
    "access": Target(_access_seeds, _access),
    "unopened-cards": Target(_unopened_seeds, _unopened),
    "forged-documents": Target(readings.contents_seeds, readings.contents),
    "spoilt-documents": Target(readings.spoilt_seeds, readings.spoilt),
    "child-frames": Target(children.frames_seeds, children.frames),
    "child-conversations": Target(children.conversations_seeds, children.conversations),
    "finger-sensors": Target(fingers.sensors_seeds, fingers.sensors),
    "finger-pictures": Target(fingers.pictures_seeds, fingers.pictures),
    "finger-templates": Target(fingers.templates_seeds, fingers.templates),
    "camera-memories": Target(looks.memories_seeds, looks.memories),
    "camera-streams": Target(looks.streams_seeds, looks.streams),
    "codes": Target(looks.codes_seeds, looks.codes),
    "sightings": Target(looks.sightings_seeds, looks.sightings),
    "ipp-answers": Target(printers.ipp_answers_seeds, printers.ipp_answers),
    "ipp-exchanges": Target(printers.ipp_exchanges_seeds, printers.ipp_exchanges),
    "printer-addresses": Target(printers.addresses_seeds, printers.addresses),
    "slip-answers": Target(printers.slip_answers_seeds, printers.slip_answers),
    "slip-conversations": Target(printers.slip_conversations_seeds, printers.slip_conversations),
    "scanned-texts": Target(scans.texts_seeds, scans.texts),
    "hand-scanners": Target(scans.keys_seeds, scans.keys),
    "acts": Target(acts.acts_seeds, acts.acts),
    "remnants": Target(acts.remnants_seeds, acts.remnants),
    "questions": Target(asks.questions_seeds, asks.questions),
    "replies": Target(asks.replies_seeds, asks.replies),
    "rosters": Target(asks.rosters_seeds, asks.rosters),
    "enrolments": Target(enrolments.enrolments_seeds, enrolments.enrolments),
    "device-certificates": Target(
        enrolments.device_certificates_seeds, enrolments.device_certificates
    ),
    "station-lists": Target(asks.station_lists_seeds, asks.station_lists),
    "cases": Target(asks.cases_seeds, asks.cases),
    "typed-codes": Target(asks.typed_seeds, asks.typed),
}
