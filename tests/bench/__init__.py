"""Rates, latencies, CPU and memory of a whole stack, with what the same servers allow beside."""
