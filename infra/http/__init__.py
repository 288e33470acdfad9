"""The HTTP server of every process: aiohttp's, and what it leaves to whoever uses it."""
