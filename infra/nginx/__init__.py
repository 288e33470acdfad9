"""The gateway: nginx in front of the pools of fronts."""
