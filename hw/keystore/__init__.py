"""Where signing keys lie: software here, token and TPM to come."""
