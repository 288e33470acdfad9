"""Coupons over HTTP: who is let through to the log, and what becomes of claims."""
