"""The pages of what was recorded here and where it is."""
