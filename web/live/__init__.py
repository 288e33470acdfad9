"""What open pages are told: who listens, what each may hear, and the frames that tell it."""
