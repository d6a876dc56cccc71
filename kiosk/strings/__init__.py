"""Every text that a person reads or hears, one catalogue per language."""
