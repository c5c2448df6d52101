"""The report's page: the story first, then how it was made, how it differs, why, and how far to trust it."""
