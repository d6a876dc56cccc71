"""The card contract: real pcscd, emulated cards, and a foreign reader as judge."""
