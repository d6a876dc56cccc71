"""Identity documents and PINs for the flows: hands requests to the rig, maps readings to events.

The flows have their own values of the same names, as they know no device; what a person typed to
open a card goes to the rig and is kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol
from uuid import UUID

from hw import document_readings as device
from hw.errors import DeviceTrouble
from kiosk import log_events
from kiosk.flows import document_check as flow
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.runtime.turns import Turn, Turns


class DocumentDesk(Protocol):
    """The part of the rig that proves documents and health cards."""

    def read_document(
        self, request: device.DocumentRequest, told: device.ProgressListener
    ) -> device.DocumentReading | DeviceTrouble:
        """Read and judge the document in any reader; blocks."""
        ...

    def health_card_pin_tries(self) -> device.PinTries | DeviceTrouble:
        """What the health card says of its PIN; blocks."""
        ...

    def prove_health_card(
        self, pin: str, claim: device.HolderClaim | None, today: date
    ) -> device.HealthCardProof | DeviceTrouble:
        """Let the health card sign a challenge; blocks."""
        ...

    def abandon_documents(self) -> None:
        """End whatever another thread does with a document or a PIN."""
        ...


class Documents:
    """Proves documents and posts what came of it.

    Each request has its `Turn`.

    Args:
        desk: the document part of the rig.
        post: takes the events; callable from every thread, never blocks.
        today: the day of the wall clock.
        renew: called before each proof: brings what is believed up to date.
    """

    def __init__(
        self,
        desk: DocumentDesk,
        post: Callable[[Event], None],
        today: Callable[[], date],
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self._desk = desk
        self._today = today
        self._renew = renew
        self._turns = Turns(post, desk.abandon_documents, "abandon-card")

    def expect(self) -> Turn:
        """A request was made; `abandon` ends it from now on, even before it begins."""
        return self._turns.expect()

    def read(self, turn: Turn, effect: effects.ReadDocument) -> None:
        """Read the document and post steps and outcome. Blocks until it is read or cannot be."""
        self._turns.take(turn, lambda: self._read(turn, effect))

    def ask_tries(self, turn: Turn, session_id: UUID) -> None:
        """Ask for the tries and post them. Blocks."""
        self._turns.take(turn, lambda: self._ask_tries(turn, session_id))

    def prove(self, turn: Turn, effect: effects.ProveHealthCard) -> None:
        """Let the health card sign and post the proof. Blocks."""
        self._turns.take(turn, lambda: self._prove(turn, effect))

    def tell(self, turn: Turn, event: Event) -> None:
        """Post an answer, unless nobody waits for it any more."""
        self._turns.tell(turn, event)

    def abandon(self) -> None:
        """Let whatever runs on a card end now, and what is only queued never begin."""
        self._turns.abandon()

    def stop(self) -> None:
        """Abandon everything, for good."""
        self._turns.stop()

    def _read(self, turn: Turn, effect: effects.ReadDocument) -> None:
        self._renew()
        session_id = effect.session_id
        request = device.DocumentRequest(
            key=_key(effect.key),
            today=self._today(),
            claim=_claim(effect.claim),
            with_face=effect.with_face,
        )

        def told(progress: device.ReadingProgress) -> None:
            self.tell(turn, events.DocumentProgress(session_id, _progress(progress)))

        match self._desk.read_document(request, told):
            case DeviceTrouble() as trouble:
                log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
                failed = events.DocumentReadFailed(session_id, trouble.code, trouble.details)
                self.tell(turn, failed)
            case reading:
                _log_verdict(reading.verdict, losses=reading.losses)
                self.tell(turn, events.DocumentRead(session_id, _reading(reading)))

    def _ask_tries(self, turn: Turn, session_id: UUID) -> None:
        match self._desk.health_card_pin_tries():
            case DeviceTrouble() as trouble:
                log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
                self.tell(turn, events.HealthCardProofFailed(session_id, trouble.code))
            case tries:
                self.tell(turn, events.PinTriesTold(session_id, _tries(tries)))

    def _prove(self, turn: Turn, effect: effects.ProveHealthCard) -> None:
        self._renew()
        session_id = effect.session_id
        match self._desk.prove_health_card(effect.pin, _claim(effect.claim), self._today()):
            case DeviceTrouble() as trouble:
                log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
                tries = self._tries_left(trouble)
                failed = events.HealthCardProofFailed(session_id, trouble.code, tries)
                self.tell(turn, failed)
            case proof:
                _log_verdict(proof.verdict)
                self.tell(turn, events.HealthCardProven(session_id, _proof(proof)))

    def _tries_left(self, trouble: DeviceTrouble) -> flow.PinTries | None:
        if not trouble.code.startswith("token.pin"):
            return None
        tries = self._desk.health_card_pin_tries()
        return None if isinstance(tries, DeviceTrouble) else _tries(tries)


def _log_verdict(found: device.Verdict, losses: int = 0) -> None:
    findings = {one.property.value: one.finding.value for one in found.judgements}
    log_events.write(log_events.DOCUMENT_JUDGED, losses=losses, **findings)


def verdict(found: device.Verdict) -> flow.Verdict:
    """The same verdict as the flows know it."""
    return flow.Verdict(
        tuple(
            flow.Judgement(
                flow.Property(one.property.value), flow.Finding(one.finding.value), one.reasons
            )
            for one in found.judgements
        )
    )


def _key(key: flow.DocumentKey) -> device.DocumentKey:
    match key:
        case flow.CardAccessNumber(digits):
            return device.CardAccessNumber(digits)
        case flow.MrzKey(document_number, birth_date, expiry_date):
            return device.MrzKey(document_number, birth_date, expiry_date)


def _claim(claim: flow.HolderClaim | None) -> device.HolderClaim | None:
    if claim is None:
        return None
    return device.HolderClaim(
        claim.codice_fiscale, claim.surname, claim.name, claim.birth_date, claim.document_number
    )


def _progress(progress: device.ReadingProgress) -> flow.ReadingProgress:
    coaching = progress.coaching
    return flow.ReadingProgress(
        stage=flow.ReadingStage(progress.stage.value),
        done=progress.done,
        total=progress.total,
        coaching=flow.Coaching(coaching.value) if coaching else None,
        lost=progress.lost,
    )


def _reading(reading: device.DocumentReading) -> flow.DocumentReading:
    face = reading.face
    return flow.DocumentReading(
        holder=_holder(reading.holder),
        verdict=verdict(reading.verdict),
        face=flow.FacePicture(face.width, face.height, face.rgb) if face else None,
        protocol=reading.protocol,
        losses=reading.losses,
        facts=reading.facts,
    )


def _holder(holder: device.DocumentHolder) -> flow.DocumentHolder:
    return flow.DocumentHolder(
        document_code=holder.document_code,
        issuing_state=holder.issuing_state,
        document_number=holder.document_number,
        surname=holder.surname,
        name=holder.name,
        names_cut=holder.names_cut,
        names_transliterated=holder.names_transliterated,
        nationality=holder.nationality,
        sex=holder.sex,
        birth_date=holder.birth_date,
        expires_on=holder.expires_on,
        codice_fiscale=holder.codice_fiscale,
        birth_place=holder.birth_place,
        birth_province=holder.birth_province,
        address=holder.address,
        issued_on=holder.issued_on,
        issuing_authority=holder.issuing_authority,
        century_guessed=holder.century_guessed,
    )


def _tries(tries: device.PinTries) -> flow.PinTries:
    return flow.PinTries(tries.left, tries.last, tries.blocked)


def _proof(proof: device.HealthCardProof) -> flow.HealthCardProof:
    return flow.HealthCardProof(
        codice_fiscale=proof.codice_fiscale,
        surname=proof.surname,
        name=proof.name,
        expires_on=proof.expires_on,
        verdict=verdict(proof.verdict),
        facts=proof.facts,
    )
