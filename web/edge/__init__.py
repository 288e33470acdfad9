"""What holds for every call before a feature is reached: addresses, limits, bodies, headers."""
