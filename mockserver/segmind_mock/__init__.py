"""An offline mock of Segmind's image API."""

__version__ = "0.1.0"
