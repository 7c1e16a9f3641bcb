"""Invented samples: notices in INTERPOL's form, payloads in several scripts, a drawn portrait.

Nobody here exists. Names are put together from common parts, numbers and addresses are made up.
"""
