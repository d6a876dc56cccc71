"""The screens of the citizen's procedures."""
