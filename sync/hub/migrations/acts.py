"""The third step: what is recorded without a registration number, and bodies that are shed."""

from __future__ import annotations

from typing import Final

ACTS: Final = (
    # Who was identified, how, and by which document. `proven` is a JSON list of properties,
    # `fingers` one of [hand, finger, quality, excuse]: never a template.
    """
    CREATE TABLE identification (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        codice_fiscale TEXT NOT NULL,
        surname TEXT,
        name TEXT,
        birth_date TEXT NOT NULL,
        document TEXT NOT NULL,
        headline TEXT NOT NULL,
        proven TEXT NOT NULL,
        way TEXT NOT NULL CHECK (way IN ('fingerprints', 'card-pin', 'operator')),
        fingers TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    ) STRICT
    """,
    "CREATE INDEX identification_person ON identification(codice_fiscale)",
    """
    CREATE TRIGGER identification_is_kept BEFORE DELETE ON identification
    BEGIN SELECT RAISE(ABORT, 'identifications are kept'); END
    """,
    """
    CREATE TRIGGER identification_is_final BEFORE UPDATE ON identification
    BEGIN SELECT RAISE(ABORT, 'identifications are final'); END
    """,
    # How a station stood. `devices` is JSON as in the plain form of the report.
    """
    CREATE TABLE readiness_report (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        office TEXT NOT NULL,
        role TEXT NOT NULL,
        software TEXT NOT NULL,
        made_on TEXT NOT NULL,
        ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
        devices TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    ) STRICT
    """,
    """
    CREATE TRIGGER readiness_report_is_kept BEFORE DELETE ON readiness_report
    BEGIN SELECT RAISE(ABORT, 'reports are kept'); END
    """,
    """
    CREATE TRIGGER readiness_report_is_final BEFORE UPDATE ON readiness_report
    BEGIN SELECT RAISE(ABORT, 'reports are final'); END
    """,
    # Entries whose body goes when the office's rule says so, decided `since` when. A row leaves
    # when the body is in no file any more: `shed` says that it may be in the log yet. `withheld`:
    # the signature failed, so the whole of it is evidence.
    """
    CREATE TABLE shedding (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        since INTEGER NOT NULL,
        withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1)),
        shed INTEGER NOT NULL DEFAULT 0 CHECK (shed IN (0, 1)),
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    ) STRICT
    """,
    # Both questions are asked whenever the hub is quiet, with a month of rows perhaps.
    "CREATE INDEX shedding_due ON shedding(station, since) WHERE withheld = 0 AND shed = 0",
    "CREATE INDEX shedding_shed ON shedding(shed) WHERE shed = 1",
    # When a body was shed: `envelope` is a remnant from then on.
    "ALTER TABLE entry ADD COLUMN shed_at INTEGER",
    """
    CREATE TRIGGER shedding_is_done_first BEFORE DELETE ON shedding
    WHEN (SELECT shed_at FROM entry WHERE station = OLD.station AND seq = OLD.seq) IS NULL
    BEGIN SELECT RAISE(ABORT, 'the body is still there'); END
    """,
    # As before, but for one thing: an envelope that is decided and whose signature was checked
    # leaves its remnant, once, where it was noted for that.
    "DROP TRIGGER entry_is_final",
    """
    CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
    WHEN NEW.station IS NOT OLD.station OR NEW.seq IS NOT OLD.seq
        OR NEW.hash IS NOT OLD.hash AND EXISTS (
            SELECT 1 FROM entry
            WHERE station = OLD.station AND seq = OLD.seq + 1 AND envelope IS NOT NULL
        )
        OR OLD.envelope IS NULL AND NEW.shed_at IS NOT NULL
        OR OLD.envelope IS NOT NULL AND (
            OLD.shed_at IS NOT NULL OR NEW.shed_at IS NULL
            OR NEW.hash IS NOT OLD.hash OR NEW.received_at IS NOT OLD.received_at
            OR NEW.operation_id IS NOT OLD.operation_id OR NEW.envelope IS NULL
            OR NOT EXISTS (
                SELECT 1 FROM shedding JOIN decision USING (station, seq)
                JOIN station ON name = station
                WHERE station = OLD.station AND seq = OLD.seq
                    AND outcome <> 'missing' AND withheld = 0 AND seq <= checked_seq
            )
        )
    BEGIN SELECT RAISE(ABORT, 'entries are final'); END
    """,
)
