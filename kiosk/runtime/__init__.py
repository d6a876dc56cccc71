"""Runs the flows: engine, devices, records, signing, printing, drafts, audit."""
