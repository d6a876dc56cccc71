"""ISO/IEC 7816-4 commands, responses, status words and the chain that carries them."""
