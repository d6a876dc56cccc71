"""What of a station or a user there is to read: on its own page, and before an act is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kiosk.flows.clerk.rows import ReadRow, ReadSection
from kiosk.flows.console import stations, users
from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.state import Session
from kiosk.screens.console.words import NOTHING, day_words, moment_words, whose
from sync.model.certificates import CertificateKind
from sync.model.console_views import CardRecord, StationRecord, UserRecord
from sync.model.smart_cards import certificate_state
from sync.model.users import Environment, Profile, UserType

_I = FieldId
_PROTECTIONS: Final = frozenset({"software", "token", "tpm"})


def sections(session: Session) -> tuple[ReadSection, ...]:
    """What the page shows to be read; empty for a page that shows none."""
    match session.activity:
        case stations.StationPage(record=record):
            return _station(record)
        case stations.RegisterConfirm(form=registration):
            return (_registration(registration.sheet),)
        case stations.ApproveConfirm(page=page) | stations.StationChange(page=page):
            return (_which(page.record),)
        case stations.CancelConfirm(change=change):
            return (_which(change.page.record),)
        case users.UserPage(record=user):
            return _user(user)
        case users.InsertConfirm(form=form):
            return _insertion(form.sheet)
        case users.ChangeConfirm(form=changed):
            return (_whose(changed.page.record), *_changes(changed.page.record, changed.sheet))
        case (
            users.ActionConfirm(page=of)
            | users.DailyConfirm(page=of)
            | users.OfficerConfirm(page=of)
        ):
            return (_whose(of.record),)
        case _:
            return ()


def profile_groups(session: Session) -> tuple[tuple[str, frozenset[Profile]], ...]:
    """The profiles that the page shows: title of each group, and what is in it.

    Sixteen of them are more than a line holds: they are drawn one by one.
    """
    match session.activity:
        case users.UserPage(record=record):
            return (("profiles", record.profiles),)
        case users.InsertConfirm(form=form):
            return (("profiles", _profiles_of(form.sheet)),)
        case users.ChangeConfirm(form=changed):
            record, sheet = changed.page.record, changed.sheet
            offered = frozenset(Profile(value) for value in sheet.options(_I.PROFILES))
            ticked = _profiles_of(sheet)
            groups = (
                ("profiles-added", ticked - record.profiles),
                ("profiles-taken", (record.profiles & offered) - ticked),
            )
            return tuple(group for group in groups if group[1])
        case _:
            return ()


# --- stations


def _station(record: StationRecord) -> tuple[ReadSection, ...]:
    protection = literal(record.protection or NOTHING)
    if record.protection in _PROTECTIONS:
        protection = phrase(f"desk.console.protection.{record.protection}")
    return (
        _section(
            "certificate",
            _field(_I.KIND, _kind(record.kind)),
            _row("expires", literal(day_words(record.expires))),
            _row("serial", literal(record.serial or NOTHING)),
            _row("protection", protection),
        ),
        _section(
            "register",
            _row("label", literal(record.label or NOTHING)),
            _row("place", literal(record.place or NOTHING)),
            _row("last-seen", literal(moment_words(record.last_seen))),
        ),
    )


def _registration(sheet: Sheet) -> ReadSection:
    kind = sheet.text(_I.KIND) or CertificateKind.STATION.name.lower()
    return _section(
        "station",
        _row("label", literal(sheet.text(_I.LABEL).strip() or NOTHING)),
        _field(_I.KIND, phrase(f"console.certificate-kind.{kind}")),
    )


def _which(record: StationRecord) -> ReadSection:
    return _section(
        "station",
        _row("station", literal(record.name)),
        _row("label", literal(record.label or NOTHING)),
        _row("place", literal(record.place or NOTHING)),
        _row("state", phrase(f"console.certificate-state.{record.state.name.lower()}")),
    )


def _kind(kind: CertificateKind) -> Phrase:
    return phrase(f"console.certificate-kind.{kind.name.lower()}")


# --- users


def _user(record: UserRecord) -> tuple[ReadSection, ...]:
    comuni = phrase("desk.console.comuni", n=record.comuni)
    officer: tuple[ReadRow, ...] = ()
    if record.user_type is UserType.SECURITY_OFFICER:
        received = "received" if record.master_received else "not-received"
        officer = (_row("master", phrase(f"desk.console.master.{received}")),)
    return (
        _section(
            "work",
            _field(_I.USER_TYPE, phrase(f"console.user-type.{record.user_type.value}")),
            _field(_I.ENVIRONMENTS, _environments(record.environments)),
            _row("comuni", comuni),
            *officer,
        ),
        _section(
            "mail",
            _field(_I.EMAIL, literal(record.email or NOTHING)),
            _row("pec", literal(record.pec or NOTHING)),
        ),
        _section("card", *_card(record.card)),
    )


def _card(card: CardRecord | None) -> tuple[ReadRow, ...]:
    """State of card and certificate, and the serial number (R-004-25)."""
    if card is None:
        return (_row("card-state", phrase("console.card-state.no-card")),)
    state = certificate_state(card.state).name.lower()
    rows = [
        _row("card-state", phrase(f"console.card-state.{card.state.name.lower()}")),
        _row("card-certificate", phrase(f"desk.console.card-certificate.{state}")),
        _row("card-serial", literal(card.serial or NOTHING)),
    ]
    if card.due is not None:
        rows.append(_row("due", literal(day_words(card.due))))
    if card.codes_sent:
        rows.append(_row("codes-sent", phrase("desk.console.codes-sent", n=card.codes_sent)))
    return tuple(rows)


def _whose(record: UserRecord) -> ReadSection:
    serial = (
        ()
        if record.card is None
        else (_row("card-serial", literal(record.card.serial or NOTHING)),)
    )
    officer = record.user_type is UserType.SECURITY_OFFICER
    return _section(
        "officer" if officer else "person",
        _row("person", literal(whose(record))),
        _field(_I.CODICE_FISCALE, literal(record.codice_fiscale)),
        *serial,
    )


def _insertion(sheet: Sheet) -> tuple[ReadSection, ...]:
    card = "asked" if sheet.is_ticked(_I.CARD) else "not-asked"
    kind = sheet.text(_I.USER_TYPE) or UserType.OPERATOR.value
    return (
        _section(
            "person",
            _field(_I.CODICE_FISCALE, literal(sheet.text(_I.CODICE_FISCALE))),
            _field(_I.SURNAME, literal(sheet.text(_I.SURNAME))),
            _field(_I.NAME, literal(sheet.text(_I.NAME))),
        ),
        _section(
            "mail",
            _field(_I.EMAIL, literal(sheet.text(_I.EMAIL))),
            _row("pec", literal(sheet.text(_I.PEC) or NOTHING)),
        ),
        _section(
            "work",
            _field(_I.USER_TYPE, phrase(f"console.user-type.{kind}")),
            _field(_I.ENVIRONMENTS, _environments(_environments_of(sheet))),
            _row("card", phrase(f"desk.console.card.{card}")),
        ),
    )


def _changes(record: UserRecord, sheet: Sheet) -> tuple[ReadSection, ...]:
    """What changes, with what it was (R-004-33)."""
    pairs = (
        ("email", literal(record.email or NOTHING), literal(sheet.text(_I.EMAIL) or NOTHING)),
        ("pec", literal(record.pec or NOTHING), literal(sheet.text(_I.PEC) or NOTHING)),
        (
            "environments",
            _environments(record.environments),
            _environments(_environments_of(sheet)),
        ),
    )
    rows = [
        ReadRow(phrase(f"desk.console.label.{label}"), after, before)
        for label, before, after in pairs
        if before != after
    ]
    return (_section("changes", *rows),) if rows else ()


def _environments(given: Iterable[Environment]) -> Phrase:
    held = frozenset(given)
    return _listed(
        [phrase(f"console.environment.{one.value}") for one in Environment if one in held]
    )


def _listed(parts: list[Phrase]) -> Phrase:
    """Several phrases in one; a dash for none."""
    if not parts:
        return literal(NOTHING)
    said = parts[0]
    for part in parts[1:]:
        said = phrase("desk.console.and", first=said, second=part)
    return said


def _environments_of(sheet: Sheet) -> frozenset[Environment]:
    return frozenset(Environment(value) for value in sheet.picked(_I.ENVIRONMENTS))


def _profiles_of(sheet: Sheet) -> frozenset[Profile]:
    return frozenset(Profile(value) for value in sheet.picked(_I.PROFILES))


# --- rows


def _section(title: str, *rows: ReadRow) -> ReadSection:
    return ReadSection(phrase(f"desk.console.section.{title}"), rows)


def _row(label: str, value: Phrase) -> ReadRow:
    return ReadRow(phrase(f"desk.console.label.{label}"), value)


def _field(field: FieldId, value: Phrase) -> ReadRow:
    return ReadRow(phrase(f"console.field.{field.value}"), value)
