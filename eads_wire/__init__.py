"""The bytes of e-ADS: strict decoding and public verification, shared by hub and client.

Pure: no clock, no randomness, no network, no private keys. Formats are those of ``specs/``.
"""
