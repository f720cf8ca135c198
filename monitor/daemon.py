"""The composition root: build, serve, reload on SIGHUP, stop on SIGTERM."""
