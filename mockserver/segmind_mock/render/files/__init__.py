"""Picture files: formats, reading what strangers give, writing, and what a file tells of its call."""
