"""Keeps the secrets given to a plugin out of everything that comes back from it."""

SHORTEST = 4
MASK = "***"
MOST = 1000


class Veil:
    """The texts of the secrets that one plugin was given lately."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def add(self, text: str) -> None:
        """Cover a secret from now on. One of fewer than four characters could be anything and is not looked for."""
        for form in {text, text.strip(), repr(text)[1:-1]}:
            if len(form) >= SHORTEST:
                self._texts[form] = None
        while len(self._texts) > MOST:
            del self._texts[next(iter(self._texts))]

    def cover(self, text: str) -> str:
        """Return a text without the secrets."""
        for secret in self._texts:
            text = text.replace(secret, MASK)
        return text
