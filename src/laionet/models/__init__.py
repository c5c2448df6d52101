"""Models, opened once per worker and called on batches. Importing this package does not import torch."""
