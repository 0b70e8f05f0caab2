"""One module for each subcommand; each has a `command`."""
