"""Sums for sizes that this machine is not, from constants that were measured on it."""
