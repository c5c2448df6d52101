"""Addresses to bytes: what may be asked for, how politely, and the reason where nothing comes."""
