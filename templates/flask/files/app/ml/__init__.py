"""The model: what goes in, how it is trained, where it is kept, what it answered."""
