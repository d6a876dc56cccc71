"""Coverage-guided fuzzing of everything that takes bytes from a card, with atheris (libFuzzer)."""
