"""`python -m tests.run`: all tests in several pytest processes on one set of servers."""
