"""Coupons: the agents of the coupon service."""
