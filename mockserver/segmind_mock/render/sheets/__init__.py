"""Contact sheets: many pictures on one page, for a person to look at."""
