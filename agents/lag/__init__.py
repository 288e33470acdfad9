"""The lag monitor: it watches the readers of every topic from outside of them (ADR 0066)."""
