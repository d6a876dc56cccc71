"""Some of the hub's own tests once more, with the registry on a server.

All of them run so with `SPORTELLO_TEST_REGISTRY=postgresql` (`tests.emulated.registries`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from sync.hub.store.connecting import Address
from sync.hub.store.database import Store
from sync.hub.store.postgresql import PostgresStore
from tests.unit.hub import test_counter, test_ingest
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import Bench, Station

for _module, _names in (
    (
        test_ingest,
        (
            "test_same_batch_twice_is_entered_once_and_answered_alike",
            "test_messages_in_any_order_any_number_of_times",
            "test_decisions_go_on_after_a_restart",
            "test_operation_at_which_the_hub_fails_is_refused_and_blocks_nothing",
            "test_fork_is_an_alarm_with_evidence_and_stores_nothing",
            "test_missing_entry_lets_the_chain_go_on_and_is_taken_when_it_comes",
            "test_missing_entry_that_comes_while_others_decide_is_decided",
            "test_late_entry_that_nobody_lived_to_decide_is_decided_when_it_is_sent_again",
            "test_late_entry_that_nobody_lived_to_decide_is_found",
            "test_body_that_another_process_sheds_meanwhile_ends_nothing",
            "test_envelope_of_a_newer_program_keeps_nobody_else_waiting",
            "test_text_that_not_every_registry_can_keep_is_refused",
            "test_flood_of_rubbish_stays_one_row",
        ),
    ),
    (
        test_counter,
        (
            "test_person_registered_at_two_counters_is_one_under_the_earlier_number",
            "test_edits_of_different_parts_go_together_and_of_the_same_do_not",
            "test_same_document_under_another_code_is_told_and_same_person_is_refused",
            "test_act_about_somebody_deleted_meanwhile_is_refused_and_its_body_goes",
        ),
    ),
):
    for _name in _names:
        globals()[_name] = getattr(_module, _name)


@pytest.fixture
def store(address: Address) -> Iterator[Store]:
    with closing(PostgresStore.at(address)) as made:
        yield made


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def station(bench: Bench) -> Station:
    return bench.enrolled("kiosk-0001", 17)


@pytest.fixture
def counters(bench: Bench) -> Office:
    return Office(bench)
