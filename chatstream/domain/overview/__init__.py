"""The overview: what is wrong in the whole system, the worst first."""
