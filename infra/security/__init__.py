"""Keys, tokens, passwords and sealed secrets."""
