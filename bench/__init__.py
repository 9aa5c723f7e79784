"""How fast the archive answers, against the floor and against its peers: `make bench`."""
