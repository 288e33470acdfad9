"""The gateway: nginx in front of the pools `front` and `front-auth`."""
