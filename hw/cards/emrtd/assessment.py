"""From what was read of a document to its reading: holder, verdict, face. No card is needed."""

from __future__ import annotations

from typing import Final

from hw.apdu.status import name_of
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import lds, passive_auth, verdict
from hw.cards.emrtd.face import face_image
from hw.cards.emrtd.face_decoding import FaceDecoder, decode
from hw.cards.emrtd.holder import DIFFERENT, OTHER_EXPIRY, compare, contradictions, holder_of
from hw.cards.emrtd.kept import Kept, parsed_infos
from hw.cards.emrtd.lds import DocumentDetails, PersonalDetails
from hw.cards.emrtd.mrz import Zone
from hw.cards.emrtd.security_infos import Mapping, SecurityInfos
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    DocumentHolder,
    DocumentReading,
    DocumentRequest,
    FacePicture,
    Finding,
    MrzKey,
    Property,
)
from hw.errors import DeviceTrouble, TroubleKind

_FACE: Final = 2
_CHIP_KEYS: Final = 14
_ACTIVE_KEY: Final = 15
_MEASURED: Final = ("EF.DG1", "EF.DG11", "EF.SOD", "EF.DG2")
"""What a registration needs; its exchanges are compared with the fewest that are possible."""


def assess(
    kept: Kept,
    request: DocumentRequest,
    anchors: TrustAnchors,
    losses: int,
    decoder: FaceDecoder | None = None,
) -> DocumentReading | DeviceTrouble:
    """The reading out of the files in `kept`.

    Args:
        kept: what was read.
        request: what was asked.
        anchors: whom the kiosk believes.
        losses: how often contact was lost.
        decoder: for the face, where one has been started; the caller closes it.

    Returns:
        The reading, whatever its verdict. Trouble only where EF.DG1 is no zone, so that nobody can
        be named: `document.damaged`.
    """
    groups = _data_groups(kept)
    facts: list[tuple[str, str]] = [("opened", kept.opened)]
    try:
        zone = lds.parse_dg1(groups.get(1, b""))
    except Malformed as malformed:
        details = (("file", "EF.DG1"), ("reason", malformed.reason))
        return DeviceTrouble(TroubleKind.DAMAGED, "document.damaged", details)
    details_of, document = _details(groups, facts)
    holder = holder_of(zone, details_of, document, request.today)
    against = contradictions(zone, details_of)
    security = kept.files.whole(lds.SECURITY_OBJECT) or b""
    passive = passive_auth.verify(security, groups, anchors, request.today)
    infos = parsed_infos(groups.get(_CHIP_KEYS))
    evidence = kept.proof.evidence(infos, passive, anchors, request.today)
    judged = verdict.judge(
        passive,
        evidence,
        holder,
        _comparison(holder, zone, request),
        request.today,
        contradicted=bool(against),
        untested=_untested(kept, infos),
    )
    facts += passive.facts
    facts += _missing_facts(kept, passive.listed)
    facts += _reading_facts(kept, zone, against)
    face: FacePicture | None = None
    # By the verdict, not by what passive authentication found: it may say less for the document.
    needed = (Property.GENUINE, Property.UNALTERED)
    proven = all(judged.of(one).finding is Finding.PROVEN for one in needed)
    proven = proven and _FACE in passive.proven
    if request.with_face and _FACE in groups:
        face, how = _face(groups[_FACE], decoder) if proven else (None, "not-proven")
        facts.append(("face", how))
    return DocumentReading(holder, judged, face, kept.opened, losses, tuple(facts))


def _data_groups(kept: Kept) -> dict[int, bytes]:
    """The data groups that are there, whole, by number."""
    found = {number: kept.files.whole(lds.data_group(number)) for number in range(1, 17)}
    return {number: content for number, content in found.items() if content is not None}


def _details(
    groups: dict[int, bytes], facts: list[tuple[str, str]]
) -> tuple[PersonalDetails | None, DocumentDetails | None]:
    """EF.DG11 and EF.DG12; one that cannot be read is as one that is not there, and a fact."""
    personal: PersonalDetails | None = None
    document: DocumentDetails | None = None
    try:
        personal = lds.parse_dg11(groups[11]) if 11 in groups else None
    except Malformed as malformed:
        facts.append(("EF.DG11", malformed.reason))
    try:
        document = lds.parse_dg12(groups[12]) if 12 in groups else None
    except Malformed as malformed:
        facts.append(("EF.DG12", malformed.reason))
    return personal, document


def _comparison(
    holder: DocumentHolder, zone: Zone, request: DocumentRequest
) -> tuple[Finding, tuple[str, ...]]:
    """With the claim; and with the zone's fields where they opened the chip.

    A chip that opens with other fields than those in its own EF.DG1 is not the one they are of.
    """
    finding, reasons = compare(holder, request.claim)
    if isinstance(request.key, MrzKey):
        own, typed = zone.key, request.key
        compared = {
            DIFFERENT["document_number"]: (own.document_number, typed.document_number),
            DIFFERENT["birth_date"]: (own.birth_date, typed.birth_date),
            OTHER_EXPIRY: (own.expiry_date, typed.expiry_date),
        }
        different = [code for code, (one, other) in compared.items() if one != other]
        if different and finding is not Finding.REFUTED:
            return Finding.REFUTED, tuple(different)
        reasons = tuple(dict.fromkeys((*reasons, *different)))
    return finding, reasons


def _face(dg2: bytes, decoder: FaceDecoder | None) -> tuple[FacePicture | None, str]:
    """The picture, and what came of it for the facts."""
    try:
        image = face_image(dg2)
    except Malformed as malformed:
        return None, malformed.reason
    picture = decode(image) if decoder is None else decoder.decode(image)
    if isinstance(picture, DeviceTrouble):
        return None, dict(picture.details).get("reason", picture.code)
    return picture, f"{image.kind.value} {image.width}x{image.height}"


def _weakened(kept: Kept) -> bool:
    """Whether EF.CardAccess, which nobody signs, offers PACE otherwise than EF.DG14 has it.

    ICAO 9303-11 clause 4.4.5: somebody in between may have left a weaker way only. What was read is
    judged by itself; only the secrecy of the conversation suffers.
    """
    signed = parsed_infos(kept.files.whole(lds.data_group(14)))
    if signed is None or not signed.pace:
        return False
    offered = kept.access.pace if kept.access is not None else ()
    return {(one.oid, one.parameter) for one in offered} != {
        (one.oid, one.parameter) for one in signed.pace
    }


def _untested(kept: Kept, infos: SecurityInfos | None) -> frozenset[int]:
    """Key files that somebody on the way may have kept back, and keys of a kind unknown here."""
    missing, numbers = kept.files.missing, (_CHIP_KEYS, _ACTIVE_KEY)
    found = {number for number in numbers if lds.data_group(number).name not in missing}
    mapped = kept.proof.mapping is not None or (
        infos is not None and any(one.mapping is Mapping.CHIP_AUTHENTICATION for one in infos.pace)
    )
    if infos is not None and not infos.chip_keys and not mapped:
        found.discard(_CHIP_KEYS)
    return frozenset(found)


def _missing_facts(kept: Kept, listed: frozenset[int]) -> list[tuple[str, str]]:
    """The files that are signed and were asked for in vain, and what the answer was worth."""
    facts: list[tuple[str, str]] = []
    for file in map(lds.data_group, sorted(listed)):
        if file.name in kept.files.missing:
            status = name_of(kept.files.missing[file.name])
            facts.append((f"{file.name} not given", status))
        elif kept.files.given_up(file):
            status = name_of(kept.files.denied[file.name][-1])
            facts.append((f"{file.name} not given", f"{status}, without protection"))
    return facts


def _reading_facts(kept: Kept, zone: Zone, against: tuple[str, ...]) -> list[tuple[str, str]]:
    """What the clerk's page and the benchmark tell of the reading itself."""
    facts: list[tuple[str, str]] = []
    facts += [("refused", f"{name}: {code}") for name, code in kept.tried]
    if kept.proof.method:
        facts.append(("chip authentication", kept.proof.method))
    try:
        common = lds.parse_common(kept.files.whole(lds.COMMON) or b"")
        facts.append(("lds", common.lds_version))
    except Malformed:
        pass
    if zone.wrong_digits:
        facts.append(("wrong check digits", " ".join(zone.wrong_digits)))
    if _weakened(kept):
        facts.append(("EF.CardAccess", "offers other than EF.DG14 tells"))
    if against:
        facts.append(("files disagree", " ".join(against)))
    for name, count in kept.tally.counts.items():
        facts.append((f"exchanges {name}", str(count.exchanges)))
    for title, count in (
        ("files", kept.tally.total(*_MEASURED)),
        ("all", kept.tally.total()),
    ):
        facts.append((f"{title}: exchanges", str(count.exchanges)))
        facts.append((f"{title}: bytes", str(count.bytes)))
    return facts
