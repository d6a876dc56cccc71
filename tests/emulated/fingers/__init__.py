"""Synthesised fingers: prints that belong to nobody, and many impressions of each."""
