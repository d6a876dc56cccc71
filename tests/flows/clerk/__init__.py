"""Flow tests of a counter."""
