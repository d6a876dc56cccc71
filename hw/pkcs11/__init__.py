"""Cards behind a PKCS#11 module, which runs in a process of its own.

`door` is what the rest of the program uses; `worker` is the child process and the only code that
loads the module; `wire` is what they say to each other.
"""
