"""The web edge: it parses, calls one verb of the backend, and writes the answer. No rule lives here."""
