"""Pictures out of nothing: scenes that a prompt and a seed decide."""
