"""The class server: a lecture on many phones, one projector, one host."""
