"""The command line: one short module per command."""


def main() -> None:
    """Run the command line."""
