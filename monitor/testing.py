"""For plugin authors: run a probe once, serve a handler, break a network, check that a plugin conforms."""
