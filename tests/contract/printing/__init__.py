"""Page printing against a real cupsd and foreign IPP printers, faults provoked for real."""
