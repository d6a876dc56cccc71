"""What the page of the station shows: its certificate, its key, its signed lists and their age."""

from __future__ import annotations

from datetime import date

from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.station_facts import ListHeld, StationFacts, StorageFacts, day_values
from kiosk.flows.verdicts import Fact


def rows(facts: StationFacts, station: str, today: date) -> tuple[Fact, ...]:
    """Everything, as labels with values."""
    shown = [Fact(phrase("station-facts.name"), literal(station))]
    if facts.expires is not None:
        day = phrase("date.full", **day_values(facts.expires))
        shown.append(Fact(phrase("station-facts.expires"), day))
    if facts.protection:
        kept = phrase(f"key-protection.{facts.protection}")
        shown.append(Fact(phrase("station-facts.key"), kept))
    for one in facts.lists:
        shown.append(Fact(phrase(f"signed-list.{one.name.value}"), _list_value(one, today)))
        if one.code:
            shown.append(Fact(phrase("readiness.row.failure"), literal(one.code)))
            shown.append(Fact(phrase("readiness.row.remedy"), phrase(f"failure.{one.code}.remedy")))
    if facts.renewal:
        shown.append(Fact(phrase("station-facts.renewal"), literal(facts.renewal)))
    return (*shown, *_storage(facts.storage))


def _storage(known: StorageFacts) -> list[Fact]:
    """The store and its disk; each failure with its code and what to do."""
    shown = []
    if known.free_mb is not None:
        free = phrase("station-facts.space-free", n=known.free_mb)
        shown.append(Fact(phrase("station-facts.space"), free))
    if known.worn_percent is not None:
        worn = phrase("station-facts.wear-percent", n=known.worn_percent)
        shown.append(Fact(phrase("station-facts.wear"), worn))
    if known.lost:
        places = literal(", ".join(str(seq) for seq in known.lost))
        shown.append(Fact(phrase("station-facts.lost"), places))
    for code in ([known.refusal] if known.refusal else []) + list(known.codes):
        shown.append(Fact(phrase("readiness.row.failure"), literal(code)))
        shown.append(Fact(phrase("readiness.row.remedy"), phrase(f"failure.{code}.remedy")))
    return shown


def _list_value(one: ListHeld, today: date) -> Phrase:
    if not one.version:
        return phrase("signed-list.none")
    if one.signed is None:
        return phrase("signed-list.no-age", version=one.version)
    days = max(0, (today - one.signed).days)
    if days == 0:
        return phrase("signed-list.today", version=one.version)
    return phrase("signed-list.age", version=one.version, n=days)
