"""Keeps secrets out of everything that a target or a plugin says after it was given them."""

import json
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4
MASK = "***"
MOST = 4000
SHORTEST_STUB = 6
"""Characters of a secret that was cut off where the text ends; fewer tell nothing."""
ENDING = "…'\") "
"""What may stand behind the place where a text was cut."""


class Veil:
    """The texts of the secrets that somebody was given lately."""

    def __init__(self, *texts: str) -> None:
        self._texts: dict[str, None] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Cover a secret from now on. One of fewer than four characters could be anything and is not looked for."""
        for form in forms(text):
            if len(form) >= SHORTEST:
                self._texts[form] = None
        while len(self._texts) > MOST:
            del self._texts[next(iter(self._texts))]

    def cover(self, text: str) -> str:
        """Return a text without the secrets, the longest first, and without the stub of one that was cut off."""
        for secret in sorted((one for one in self._texts if one in text), key=len, reverse=True):
            text = text.replace(secret, MASK)
        body = text.rstrip(ENDING)
        stub = max((stub_of(secret, body) for secret in self._texts), default=0)
        return text if stub == 0 else f"{body[:-stub]}{MASK}{text[len(body) :]}"


def forms(text: str) -> Iterator[str]:
    """Yield what a secret may look like when it is repeated."""
    yield text
    yield text.strip()
    yield repr(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield quote(text, safe="")
    yield quote_plus(text)
    yield b64encode(text.encode("utf-8", "surrogateescape")).decode()


def stub_of(secret: str, text: str) -> int:
    """Return with how many characters of the secret's beginning the text ends; 0 when they are too few to matter."""
    at = max(0, len(text) - len(secret)) - 1
    while (at := text.find(secret[:SHORTEST_STUB], at + 1)) >= 0:
        if len(text) - at >= SHORTEST_STUB and secret.startswith(text[at:]):
            return len(text) - at
    return 0
