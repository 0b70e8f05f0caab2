"""Pictures out of a picture: repainted, lettered, taken apart, laid out anew."""
