"""Procedures at home: what the hub answers to codes, and what a conclusion does."""
