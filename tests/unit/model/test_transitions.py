"""The state table and its operations: every cell, allowed and forbidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import transitions
from sync.model.credential import (
    Basis,
    Booked,
    Credential,
    Function,
    OperationKind,
    OperationStatus,
    State,
    basis_of,
)
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.model.transitions import OPERATIONS, TABLE, Gives
from tests.unit.model.counter_examples import NOON, OFFICE, UNTIL, booked, operation_id
from tests.unit.model.examples import DELEGATION, MARIO

R, F, A, X = State.REGISTRATO, State.RISCONTRATO, State.ATTIVATO, State.RESPINTO
FORTE, PROMO, RESET = (
    OperationKind.RISCONTRO_FORTE,
    OperationKind.PROMOZIONE,
    OperationKind.RESET,
)
PIN, REVOCA = OperationKind.RIGENERA_PIN, OperationKind.REVOCA

# The table of R-003-13 once more, written down from the manual and not from the code.
ALLOWED: dict[tuple[State, bool], tuple[OperationKind, ...]] = {
    (R, False): (FORTE, REVOCA),
    (R, True): (REVOCA,),
    (F, False): (FORTE, REVOCA),
    (F, True): (FORTE, REVOCA),
    (A, False): (PROMO, RESET, REVOCA),
    (A, True): (PIN, RESET, REVOCA),
    (X, False): (),
    (X, True): (),
}
CELLS = [(state, strong, kind) for (state, strong), kind in product(ALLOWED, OperationKind)]
REASONS: dict[tuple[State, bool, OperationKind], str] = {
    **{
        (X, strong, kind): "transition.rejected"
        for strong in (False, True)
        for kind in OperationKind
    },
    (R, True, FORTE): "transition.strong-unchecked",
    (A, False, FORTE): "transition.already-activated",
    (A, True, FORTE): "transition.already-activated",
    **{
        (state, strong, kind): "transition.not-activated"
        for state in (R, F)
        for strong in (False, True)
        for kind in (PROMO, RESET, PIN)
    },
    (A, True, PROMO): "transition.already-strong",
    (A, False, PIN): "transition.not-strong",
}


def at(state: State, *, strong: bool, last: Booked | None = None) -> Credential:
    return Credential(state, strong, last=last)


def code(judged: object) -> str:
    assert isinstance(judged, Problem)
    return judged.code


def moved(judged: Credential | Problem | None) -> Credential:
    assert isinstance(judged, Credential)
    return judged


@pytest.mark.rule("R-003-3")
@pytest.mark.rule("C-003-5")
def test_states_have_one_value_each() -> None:
    assert [state.value for state in State] == [
        "registrato",
        "riscontrato",
        "attivato",
        "respinto",
    ]


@pytest.mark.rule("R-003-4")
@pytest.mark.rule("R-003-14")
@pytest.mark.rule("R-003-15")
@pytest.mark.rule("R-003-16")
@pytest.mark.rule("R-003-17")
@pytest.mark.rule("R-003-18")
def test_each_case_of_the_manual_is_one_row() -> None:
    cases = {row.case: pair for pair, row in TABLE.items() if row.case is not None}
    assert cases == {1: (R, False), 2: (F, False), 3: (F, True), 4: (A, False), 5: (A, True)}
    assert set(TABLE) == set(ALLOWED)


@pytest.mark.rule("R-003-12")
@pytest.mark.rule("C-003-6")
def test_operations_have_one_value_each_and_ristampa_none() -> None:
    assert [kind.value for kind in OperationKind] == [
        "riscontro_forte",
        "promozione",
        "reset",
        "rigenera_pin",
        "revoca",
    ]


@pytest.mark.rule("R-003-13")
@pytest.mark.rule("R-003-21")
@pytest.mark.rule("C-003-7")
@pytest.mark.parametrize(("state", "strong"), ALLOWED)
def test_the_choice_page_lists_what_the_table_allows(state: State, strong: bool) -> None:  # noqa: FBT001
    assert transitions.bookable(at(state, strong=strong)) == ALLOWED[state, strong]


@pytest.mark.rule("R-003-13")
@pytest.mark.rule("R-003-19")
@pytest.mark.rule("C-003-4")
@pytest.mark.parametrize(("state", "strong", "kind"), CELLS)
def test_every_cell_of_state_and_operation(state: State, strong: bool, kind: OperationKind) -> None:  # noqa: FBT001
    before = at(state, strong=strong)
    after = transitions.book(before, booked(kind))
    if kind in ALLOWED[state, strong]:
        assert (state, strong) in OPERATIONS[kind].allowed
        assert moved(after).running == booked(kind)
        assert transitions.forbidden(before, kind) is None
    else:
        assert (state, strong) not in OPERATIONS[kind].allowed
        problem = transitions.forbidden(before, kind)
        assert after == problem
        assert problem is not None
        assert (problem.code, problem.rule) == (REASONS[state, strong, kind], "R-003-13")


def test_the_reasons_are_of_the_forbidden_cells_alone() -> None:
    assert {cell for cell in CELLS if cell[2] not in ALLOWED[cell[:2]]} == set(REASONS)


@pytest.mark.rule("R-003-11")
@pytest.mark.rule("C-003-1")
def test_the_table_of_functions_has_its_twenty_four_crosses() -> None:
    """Registrato four, four columns of five, respinto none but the search (C-003-2)."""
    columns = {
        "registrato": TABLE[R, False],
        "riscontrato Y": TABLE[F, True],
        "riscontrato N": TABLE[F, False],
        "attivo Y": TABLE[A, True],
        "attivo N": TABLE[A, False],
    }
    assert sum(len(row.functions) for row in columns.values()) == 24
    assert columns["registrato"].functions == frozenset(Function) - {Function.RIGENERA_CODICE}
    assert all(
        row.functions == frozenset(Function)
        for name, row in columns.items()
        if name != "registrato"
    )


@pytest.mark.rule("C-003-2")
@pytest.mark.parametrize("strong", [False, True])
def test_a_rejected_registration_is_searched_and_read(strong: bool) -> None:  # noqa: FBT001
    rejected = at(X, strong=strong)
    assert transitions.functions(rejected) == {Function.RICERCA}
    assert transitions.bookable(rejected) == ()
    warning = transitions.warning(rejected)
    assert warning is not None
    assert warning.code == "transition.rejected"
    for function in set(Function) - {Function.RICERCA}:
        assert code(transitions.why_not(rejected, function)) == "transition.rejected"


@pytest.mark.rule("C-003-3")
def test_strong_but_never_checked_may_be_revoked_and_is_warned_of() -> None:
    odd = at(R, strong=True)
    assert transitions.bookable(odd) == (REVOCA,)
    assert code(transitions.warning(odd)) == "transition.strong-unchecked"
    assert transitions.warning(at(F, strong=True)) is None


@pytest.mark.rule("R-003-14")
@pytest.mark.rule("R-003-16")
def test_states_of_the_older_service_are_left_and_never_made() -> None:
    """From no state does any operation, booked or concluded, lead to 0/Y, 1/Y or "respinto"."""
    old = {pair for pair, row in TABLE.items() if row.left_only}
    assert old == {(R, True), (F, True), (X, False), (X, True)}
    for pair, kind in product(ALLOWED, OperationKind):
        after = transitions.book(at(pair[0], strong=pair[1]), booked(kind))
        if isinstance(after, Problem):
            continue
        assert (after.state, after.strong) not in old - {pair}
        done = transitions.conclude(after, kind, NOON)
        assert done is None or (moved(done).state, moved(done).strong) not in old


@pytest.mark.rule("R-003-5")
@pytest.mark.rule("C-003-15")
@pytest.mark.rule("R-003-2")
def test_riscontro_forte_becomes_strong_at_home_only() -> None:
    after = moved(transitions.book(Credential(), booked(FORTE)))
    assert (after.state, after.strong, after.has_pin) == (F, False, True)
    assert (after.checked_at, after.checked_by) == (NOON, OFFICE)
    done = moved(transitions.conclude(after, FORTE, NOON + 5))
    assert (done.state, done.strong, done.activated_at) == (A, True, NOON + 5)
    assert done.last is not None
    assert done.last.status is OperationStatus.SUCCEEDED
    assert done.running is None


@pytest.mark.rule("R-003-19")
@pytest.mark.parametrize("kind", OperationKind)
def test_every_operation_concludes_with_its_result(kind: OperationKind) -> None:
    for state, strong in OPERATIONS[kind].allowed:
        before = moved(transitions.book(at(state, strong=strong), booked(kind)))
        done = transitions.conclude(before, kind, NOON + 5)
        if kind is REVOCA:
            assert done is None
            continue
        after = moved(done)
        assert (after.state, after.strong) == (A, True)
        assert (after.promoted_at == NOON + 5) == (kind is PROMO)
        assert (after.activated_at == NOON + 5) == (kind in {FORTE, RESET})


@pytest.mark.rule("C-003-19")
@pytest.mark.rule("R-003-19")
def test_what_the_counter_gives_and_what_is_left_to_do() -> None:
    letters = {Gives.ACTIVATION_CODE, Gives.NEW_PIN, Gives.SUMMARY}
    for kind in OperationKind:
        expected = {Gives.REVOCATION_CODE, Gives.SUMMARY} if kind is REVOCA else letters
        assert OPERATIONS[kind].gives == expected
    read = (HomeStep.REGULATION, HomeStep.PRIVACY)
    chosen = (HomeStep.SIGN, HomeStep.USERNAME, HomeStep.PASSWORD, HomeStep.SECRET_QUESTION)
    assert transitions.home_steps(FORTE) == (*read, *chosen)
    assert transitions.home_steps(PROMO) == (*read, HomeStep.SIGN)
    assert transitions.home_steps(RESET) == (*read, HomeStep.OLD_USER_ENDS, *chosen)
    assert transitions.home_steps(PIN) == (HomeStep.CONDITIONS, HomeStep.SIGN)
    assert transitions.home_steps(REVOCA) == (HomeStep.CONDITIONS, HomeStep.SIGN)
    assert len({OPERATIONS[kind].use_when for kind in OperationKind}) == 5


@pytest.mark.rule("R-003-6")
@pytest.mark.rule("R-003-7")
def test_only_an_active_operation_is_in_progress() -> None:
    for status in OperationStatus:
        credential = at(A, strong=True, last=booked(PIN, status=status))
        assert (credential.running is not None) == (status is OperationStatus.ACTIVE)
    assert [status.value for status in OperationStatus] == ["A", "S", "D"]
    given_up = moved(transitions.discard(at(A, strong=True, last=booked(PIN))))
    assert given_up.last is not None
    assert given_up.last.status is OperationStatus.DISCARDED
    assert code(transitions.discard(given_up)) == "transition.nothing-running"


@pytest.mark.rule("R-003-22")
@pytest.mark.parametrize(("state", "strong"), [pair for pair, kinds in ALLOWED.items() if kinds])
def test_a_booking_replaces_the_one_before_entirely(state: State, strong: bool) -> None:  # noqa: FBT001
    for first, second in product(ALLOWED[state, strong], repeat=2):
        one = moved(transitions.book(at(state, strong=strong), booked(first, 1)))
        two = moved(transitions.book(one, booked(second, 2, NOON + 1)))
        assert two.running == booked(second, 2, NOON + 1)
        assert code(transitions.conclude(two, next(k for k in OperationKind if k is not second), 1))


@pytest.mark.parametrize("kind", OperationKind)
def test_nothing_is_concluded_but_what_is_in_progress(kind: OperationKind) -> None:
    assert code(transitions.conclude(at(A, strong=True), kind, 1)) == "transition.nothing-running"
    for other in set(OperationKind) - {kind}:
        running = at(A, strong=True, last=booked(other))
        assert code(transitions.conclude(running, kind, 1)) == "transition.other-running"


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("C-003-13")
@pytest.mark.parametrize(("state", "strong"), ALLOWED)
@pytest.mark.parametrize("kind", [None, *OperationKind])
@pytest.mark.parametrize("status", OperationStatus)
def test_a_code_is_made_anew_for_an_operation_in_progress(
    state: State,
    strong: bool,  # noqa: FBT001
    kind: OperationKind | None,
    status: OperationStatus,
) -> None:
    last = None if kind is None else booked(kind, status=status)
    credential = at(state, strong=strong, last=last)
    renewed = transitions.renew_code(credential, renewal=operation_id(9), renewed_at=NOON + 9)
    if state is X:
        expected = "transition.rejected"
    elif state is R:
        expected = "transition.not-checked"
    elif last is None or status is not OperationStatus.ACTIVE:
        expected = "transition.nothing-running"
    elif kind is REVOCA:
        expected = "transition.revocation-running"
    else:
        assert Function.RIGENERA_CODICE in transitions.functions(credential)
        running = moved(renewed).running
        assert running == replace(
            last, code_renewals=1, renewal=operation_id(9), renewed_at=NOON + 9
        )
        return
    assert Function.RIGENERA_CODICE not in transitions.functions(credential)
    assert code(renewed) == expected


def test_a_new_code_has_its_own_last_day() -> None:
    credential = at(F, strong=False, last=booked(FORTE))
    later = UNTIL + timedelta(days=20)
    running = moved(transitions.renew_code(credential, valid_until=later)).running
    assert running is not None
    assert running.valid_until == later
    assert {Gives.ACTIVATION_CODE} == transitions.CODE_RENEWAL_GIVES


@pytest.mark.rule("C-003-14")
@pytest.mark.parametrize(("state", "strong"), ALLOWED)
@pytest.mark.parametrize("status", OperationStatus)
@pytest.mark.parametrize("delegation", [None, DELEGATION])
def test_a_delegation_is_changed_while_its_operation_is_in_progress(
    state: State,
    strong: bool,  # noqa: FBT001
    status: OperationStatus,
    delegation: Delegation | None,
) -> None:
    last = booked(REVOCA, status=status, delegation=delegation)
    credential = at(state, strong=strong, last=last)
    new = replace(DELEGATION, phone="+390119999999")
    changed = transitions.change_delegation(credential, new)
    if state is X:
        expected = "transition.rejected"
    elif status is not OperationStatus.ACTIVE:
        expected = "transition.nothing-running"
    elif delegation is None:
        expected = "transition.no-delegate"
    else:
        assert Function.MODIFICA_DELEGA in transitions.functions(credential)
        assert moved(changed).running == replace(last, delegation=new)
        return
    assert Function.MODIFICA_DELEGA not in transitions.functions(credential)
    assert code(changed) == expected


@pytest.mark.rule("C-003-16")
def test_the_delegate_stays_the_same_person() -> None:
    credential = at(A, strong=True, last=booked(RESET, delegation=DELEGATION))
    other = replace(DELEGATION, delegate=MARIO)
    assert code(transitions.change_delegation(credential, other)) == "delegation.other-delegate"


def test_codes_are_good_through_their_last_day() -> None:
    midnight = datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=UTC) + timedelta(days=1)
    last = int(midnight.timestamp() * 1000) - 1
    assert transitions.in_validity(booked(FORTE), last)
    assert not transitions.in_validity(booked(FORTE), last + 1)
    assert transitions.in_validity(booked(FORTE, valid_until=None), last + 1)


def test_a_basis_tells_what_was_seen() -> None:
    assert basis_of(Credential()) == Basis(R, strong=False)
    running = booked(FORTE, 7, code_renewals=2, renewal=operation_id(8), renewed_at=NOON + 8)
    assert basis_of(at(F, strong=False, last=running)) == Basis(
        F,
        strong=False,
        running=operation_id(7),
        last=operation_id(7),
        renewal=operation_id(8),
        seen_at=NOON + 8,
    )
    done = replace(running, status=OperationStatus.SUCCEEDED)
    assert basis_of(at(A, strong=True, last=done)) == replace(
        basis_of(at(F, strong=False, last=running)), state=A, strong=True, running=""
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["book", "conclude", "renew", "discard"]),
            st.sampled_from(OperationKind),
        ),
        max_size=12,
    )
)
def test_no_way_leads_out_of_the_table(steps: list[tuple[str, OperationKind]]) -> None:
    """Whatever is tried in whatever order, the credential is in a row that today's service makes."""
    credential = Credential()
    for number, (step, kind) in enumerate(steps):
        match step:
            case "book":
                after: Credential | Problem | None = transitions.book(
                    credential, booked(kind, number)
                )
            case "conclude":
                after = transitions.conclude(credential, kind, NOON)
            case "renew":
                after = transitions.renew_code(credential)
            case _:
                after = transitions.discard(credential)
        if after is None:
            return
        if isinstance(after, Problem):
            continue
        credential = after
        assert not TABLE[credential.state, credential.strong].left_only
        assert credential.strong == (credential.state is A)
