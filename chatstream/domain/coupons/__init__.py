"""Coupons that are given out first come, first served."""
