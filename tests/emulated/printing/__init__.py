"""Real CUPS and virtual IPP printers of this machine, private to a test; and one of our own."""
