"""The rules of the house, pure: no clock, no random, no sockets, no SQL."""
