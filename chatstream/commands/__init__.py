"""The commands of `python -m chatstream`; each module registers its own."""
