"""What `python -m tests.scaling measure` finds on a stack of its own."""
