"""The one door to PKCS#11: a module runs in a child process, which may crash or be abandoned."""
