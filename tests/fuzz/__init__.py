"""Decoders under arbitrary bytes: `make soak` runs them with atheris, the unit tests a little."""
