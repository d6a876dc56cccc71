"""The procedures: pure transitions from what happened to what to show and what to ask for."""
