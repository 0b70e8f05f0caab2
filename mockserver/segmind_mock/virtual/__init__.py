"""Time that sleeping moves: a clock for tests, and what is put in the place of Python's own while it is in force."""
