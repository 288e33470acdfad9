"""ChatStream: the program's parts and how they are put together."""

VERSION = "0.1.0"
"""As `setup.cfg` has it; what a process says it is."""
