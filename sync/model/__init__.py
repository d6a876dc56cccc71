"""The domain: what may happen, to whom, by whom, under which rule. No I/O, no clock, no thread."""
