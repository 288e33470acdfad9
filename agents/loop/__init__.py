"""The loop by which agents write, and the sinks that it feeds."""
