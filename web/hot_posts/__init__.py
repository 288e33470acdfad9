"""Posts as the workers of `content` hold them: their calls, and how a front asks."""
