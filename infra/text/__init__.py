"""Texts into words: the Korean analyser and Unicode's word rules."""
