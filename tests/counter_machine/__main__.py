"""`python -m tests.counter_machine --steps 100000 --seed 1`: ends with `MODEL steps=N broken=N`."""

from __future__ import annotations

import argparse
import sys
import traceback

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.counter_machine.machine import CounterMachine

_STEPS_OF_A_RUN = 100


def play(steps: int, dice: int, *, shrink: bool) -> bool:
    """So many steps in runs of a hundred; whether all went well."""
    CounterMachine.steps = 0
    turn = 0
    while CounterMachine.steps < steps:
        turn += 1
        left = steps - CounterMachine.steps
        runs = max(1, min(100, left // _STEPS_OF_A_RUN))
        quick = settings(
            max_examples=runs,
            stateful_step_count=_STEPS_OF_A_RUN,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(seed(dice + turn)(CounterMachine), settings=quick)
        except Exception:  # noqa: BLE001  whatever it is, it is told and counted
            traceback.print_exc()
            return False
        print(f"{CounterMachine.steps} steps", flush=True)
    return True


def main() -> int:
    """Plays; 1 where the registry was not as the model says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", action="store_true", help="look for the shortest failing run")
    options = parser.parse_args()
    well = play(options.steps, options.seed, shrink=options.shrink)
    for what, times in CounterMachine.counted.most_common():
        print(f"{times:>8}  {what}")
    print(f"MODEL steps={CounterMachine.steps} broken={0 if well else 1}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
