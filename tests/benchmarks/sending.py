"""``python -m tests.benchmarks.sending TOKEN URL …``: reports a success to each address once a second.

Each time over a new connection, as curl in a crontab does; ends with its input, and at once when a report is refused.
"""

import select
import sys
import time
import urllib.request

EVERY_SECONDS = 1.0
BODY = b'{"state": "success", "readings": {"copied_bytes": 1048576}}'


def main() -> None:
    """Send until standard input ends; the addresses have their turns evenly over the second."""
    token, *urls = sys.argv[1:]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    due = time.monotonic()
    while True:
        for url in urls:
            wait = max(0.0, due - time.monotonic())
            if select.select([sys.stdin], [], [], wait)[0]:
                return
            with urllib.request.urlopen(urllib.request.Request(url, BODY, headers), timeout=5) as answer:
                answer.read()
            due += EVERY_SECONDS / len(urls)


if __name__ == "__main__":
    main()
