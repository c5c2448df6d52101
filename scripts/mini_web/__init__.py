"""Training of the embedded models: data, architectures, loops, card."""
