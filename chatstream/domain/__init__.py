"""The rules, as plain functions and frozen dataclasses of the standard library."""
