"""Notices of rooms: their wishes, what they follow, and their part of an erasure."""
