"""Killing, pausing and stopping things under load, and proof that nothing was lost or doubled."""
