"""Population registers that do not believe: every signature of every request is judged."""
