"""Where PostgreSQL begins: the schema as the steps of SQLite have made it up to the eleventh.

Tables that SQLite numbers by itself, and whose order somebody asks for, have that number as a column
here.
"""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.baseline_offices import OFFICES
from sync.hub.migrations.baseline_registry import REGISTRY
from sync.hub.migrations.steps import Each, Guard, Step

UPTO: Final = "m0011_comuni"
"""The last step of SQLite's that is in it."""

_GUARDS: Final = (
    Guard("entry_is_kept", "DELETE", "entry", "entries are kept"),
    Guard("decision_is_kept", "DELETE", "decision", "decisions are kept"),
    Guard("trust_version_is_kept", "DELETE", "trust_version", "versions are kept"),
    Guard("trust_version_is_final", "UPDATE", "trust_version", "versions are final"),
    Guard("trust_revocation_list_is_kept", "DELETE", "trust_revocation_list", "dates are kept"),
    Guard(
        "trust_revocation_list_is_newer",
        "UPDATE",
        "trust_revocation_list",
        "dates are not taken back",
        when=("NEW.starts < OLD.starts OR NEW.issuer IS DISTINCT FROM OLD.issuer"),
    ),
    Guard("identification_is_final", "UPDATE", "identification", "identifications are final"),
    Guard("readiness_report_is_kept", "DELETE", "readiness_report", "reports are kept"),
    Guard("readiness_report_is_final", "UPDATE", "readiness_report", "reports are final"),
    Guard(
        "shedding_is_done_first",
        "DELETE",
        "shedding",
        "the body is still there",
        when=("(SELECT shed_at FROM entry WHERE station = OLD.station AND seq = OLD.seq) IS NULL"),
    ),
    Guard(
        "entry_is_final",
        "UPDATE",
        "entry",
        "entries are final",
        when=(
            "NEW.station IS DISTINCT FROM OLD.station OR NEW.seq IS DISTINCT FROM OLD.seq OR "
            "NEW.hash IS DISTINCT FROM OLD.hash AND EXISTS ( SELECT 1 FROM entry WHERE station = "
            "OLD.station AND seq = OLD.seq + 1 AND envelope IS NOT NULL ) OR OLD.envelope IS NULL "
            "AND NEW.shed_at IS NOT NULL OR OLD.envelope IS NOT NULL AND ( OLD.shed_at IS NOT "
            "NULL OR NEW.shed_at IS NULL OR NEW.hash IS DISTINCT FROM OLD.hash OR NEW.received_at "
            "IS DISTINCT FROM OLD.received_at OR NEW.operation_id IS DISTINCT FROM "
            "OLD.operation_id OR NEW.envelope IS NULL OR NOT EXISTS ( SELECT 1 FROM shedding JOIN "
            "decision USING (station, seq) JOIN station ON name = station WHERE station = "
            "OLD.station AND seq = OLD.seq AND outcome <> 'missing' AND withheld = 0 AND seq <= "
            "checked_seq ) )"
        ),
    ),
    Guard("roster_version_is_kept", "DELETE", "roster_version", "versions are kept"),
    Guard("reading_is_kept", "DELETE", "reading", "readings are kept"),
    Guard("reading_is_final", "UPDATE", "reading", "readings are final"),
    Guard(
        "identification_is_kept",
        "DELETE",
        "identification",
        "identifications are kept",
        when=("EXISTS (SELECT 1 FROM entry_person WHERE station = OLD.station AND seq = OLD.seq)"),
    ),
    Guard(
        "decision_is_final",
        "UPDATE",
        "decision",
        "decisions are final",
        when="OLD.outcome <> 'missing'",
    ),
    Guard("device_is_kept", "DELETE", "device", "devices are kept"),
    Guard("device_certificate_is_kept", "DELETE", "device_certificate", "certificates are kept"),
    Guard(
        "device_certificate_is_final",
        "UPDATE",
        "device_certificate",
        "certificates are final",
        when=(
            "NEW.serial IS DISTINCT FROM OLD.serial OR NEW.device IS DISTINCT FROM OLD.device OR "
            "NEW.der IS DISTINCT FROM OLD.der OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS "
            "DISTINCT FROM OLD.revoked_at"
        ),
    ),
    Guard("device_register_is_kept", "DELETE", "device_register", "the register is kept"),
    Guard("device_register_is_final", "UPDATE", "device_register", "the register is final"),
    Guard("smart_card_is_kept", "DELETE", "smart_card", "cards are kept"),
    Guard(
        "smart_card_stays_disabled",
        "UPDATE",
        "smart_card",
        "a disabled card stays so",
        when="OLD.state = 'disabilitata' AND NEW.state <> 'disabilitata'",
    ),
    Guard("audit_page_is_kept", "DELETE", "audit_page", "the audit trail is kept"),
    Guard("audit_page_is_final", "UPDATE", "audit_page", "the audit trail is final"),
)

# The server's own statistics hold samples of what is in a column: not of these.
_PERSONAL: Final = {
    "registration": "codice_fiscale surname name birth_date document email record delegation",
    "identification": "codice_fiscale surname name birth_date",
    "entry_person": "codice_fiscale",
    "dispute": "codice_fiscale person",
    "letter": "recipient",
    "login": "username folded question",
    "old_account": "codice_fiscale",
    "console_user": "codice_fiscale surname name email pec",
    "smart_card": "codice_fiscale",
    "operator": "name certificate",
    "credential_operation": "delegation",
}

_OWN: Final[tuple[str | Each, ...]] = (
    # Who writes: see `sync.hub.store.postgresql`. It has no rows.
    "CREATE TABLE turn (nothing INTEGER)",
    # The two of SQLite's functions that PostgreSQL calls otherwise.
    *(
        Each(
            "",
            f"CREATE FUNCTION {name}(one BIGINT, other BIGINT) RETURNS BIGINT IMMUTABLE"
            f" LANGUAGE sql AS 'SELECT {called}(one, other)'",
        )
        for name, called in (("max", "greatest"), ("min", "least"))
    ),
    *(
        Each("", f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
        for table, columns in _PERSONAL.items()
        for column in columns.split()
    ),
    # An envelope is sealed: it does not get smaller.
    Each("", "ALTER TABLE entry ALTER COLUMN envelope SET STORAGE EXTERNAL"),
)

BASELINE: Final = Step(UPTO, (*REGISTRY, *OFFICES, *_GUARDS, *_OWN))
"""Everything, in order."""
