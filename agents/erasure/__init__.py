"""Leaving for good: the saga, and the contexts' steps."""
