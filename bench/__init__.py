"""How fast, on this machine: ``./run bench [NAME...]``. Times are printed, never asserted."""
