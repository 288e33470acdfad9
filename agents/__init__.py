"""One module per stream: take, decide, write, emit."""
