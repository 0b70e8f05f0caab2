"""A module for each subcommand, with its `command`, and what two of them share."""
