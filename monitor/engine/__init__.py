"""Starting every check on its beat and ending it at its deadline."""
