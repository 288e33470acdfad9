"""The changelog-backed tables, each declared once."""
