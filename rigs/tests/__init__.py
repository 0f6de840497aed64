"""Unit tests of what the rigs decide. `python3 -m unittest discover -t . -s rigs/tests` runs them."""
