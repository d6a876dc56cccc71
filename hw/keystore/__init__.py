"""Where the keys of a station live: a file, a token, a TPM."""
