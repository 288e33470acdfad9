"""Views, sockets, pages and middleware of the fronts and of the workers' own status pages."""
