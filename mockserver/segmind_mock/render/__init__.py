"""Pictures as a pure function of a digest: no clock, no chance, no I/O but Pillow in memory."""
