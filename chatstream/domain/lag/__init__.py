"""How far readers are behind: the rules of the lag monitor (ADR 0066)."""
