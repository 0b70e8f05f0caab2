"""Scenarios: what goes wrong in one account, and when, written down as YAML or JSON."""
