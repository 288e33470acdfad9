"""Live counts: counting, checking, catching up, handing over."""
