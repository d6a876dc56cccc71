"""What became of everything that was recorded here, and what a person decides about it."""
