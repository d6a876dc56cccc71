"""All acts of the steward: each area's module names its own."""

from __future__ import annotations

from appliance.acts import Act


def all_acts() -> tuple[Act, ...]:
    """Every act that the steward does."""
    return ()
