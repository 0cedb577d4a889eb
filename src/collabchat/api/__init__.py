"""HTTP, thin: parse, ask who it is, call storage, answer."""
