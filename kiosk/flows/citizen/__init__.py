"""The services that a citizen uses alone."""
