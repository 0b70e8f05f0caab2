"""The doors to the mock in client libraries: what of each is replaced, and by what."""
