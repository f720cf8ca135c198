"""Two agencies beside those of the demonstration: between them they have everything that a dashboard can show."""

import json
import ssl
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from end_to_end.servers import certificate, http
from ports import free_port

DAYS_LEFT = (20, 10, 3, 0)
"""Of the certificates: a rung of the ladder each."""
DAY_SECONDS = 86400
CODES = (200, 200, 200, 404, 500)
"""Of the answers to the calls, in turn."""

SETTINGS = """
history: {path: %s}
"""
EXAMPLE = """\
agency: {id: vi-du, class: government_agency, name: Cơ quan ví dụ}
contacts: {truc-ban: {name: Trực ban, email: truc-ban@vi-du.example}}
systems:
  - id: truc
    kind: hub
    name: Trục
    owner: truc-ban
    checks: [{id: cua, probe: tcp, with: {target: "127.0.0.1:%(closed)d"}}]
  - id: kho
    kind: national_database
    name: Kho
    owner: truc-ban
    objective: {availability: 99.9}
    checks:
      - id: cho
        probe: http
        with: {target: "%(url)s/queue", readings: {exchange_backlog_records: waiting}}
      - id: luot-goi
        probe: usage
        every: 3s
        with:
          external_ids: log
          lookback: 60d
          source: {http: {url: "%(url)s/calls", path: items}}
          fields: {time: at, connection: [app], status: code, id: request, settle: 1s}
  - id: hong
    kind: specialised_database
    name: Hỏng
    tier: 1
    objective: {availability: 99}
    checks: [{id: cua, probe: tcp, with: {target: "127.0.0.1:%(closed)d"}}]
  - id: cham
    kind: specialised_database
    name: Chậm
    checks: [{id: cho, probe: http, with: {target: "%(url)s/queue", assertions: [%(slow)s]}}]
  - {id: vo-hinh, kind: specialised_database, name: Không ai đo}
%(certificates)s
connections:
  - id: qua-truc
    provider: kho
    via: [truc]
    owner: truc-ban
    programmes: [vi-du]
    states: [{state: live, on: 2026-01-01}]
    due: 2026-06-30
    external_ids: {log: NEW}
    objective: {availability: 99, freshness: 1m, completeness: 99, success: {rate: 98, minimum: 10}, latency: {p95: 1s}}
    checks:
      - {id: moi, probe: freshness, with: {url: "%(url)s/newest", max_age: 30d, degraded_age: 1h}}
      - id: doi-chieu
        probe: reconcile
        with: {provider: %(provider)s, consumer: %(consumer)s, min_completeness: 0.5}
  - id: suy-giam
    provider: cham
    owner: truc-ban
    states: [{state: live, on: 2026-01-01}]
    checks: [{id: cho, probe: http, with: {target: "%(url)s/queue", assertions: [%(slow)s]}}]
  - {id: khong-ro, provider: vo-hinh, owner: truc-ban, states: [{state: live, on: 2026-01-01}]}
  - {id: qua-han, provider: kho, owner: truc-ban, states: [{state: requested, on: 2026-01-01}], due: 2026-03-01}
  - id: it-dung
    provider: kho
    owner: truc-ban
    states: [{state: live, on: 2026-01-01}]
    external_ids: {log: OLD}
  - id: chua-dung
    provider: cham
    owner: truc-ban
    states: [{state: live, on: 2026-01-01}]
    external_ids: {log: NEVER}
"""
DARK = """\
agency: {id: toi-tam, class: government_agency, name: Cơ quan mất điện, name_en: Dark agency}
systems:
"""
PROGRAMME = """\
programme:
  id: vi-du
  name: Ví dụ
  name_en: Example
  goal: 100
  deadline: 2030-12-31
  population: {agencies: [vi-du, toi-tam]}
  connected: {connection: {}}
"""


def answer(request: BaseHTTPRequestHandler) -> None:
    """Answer as a queue, a log of calls, a clock that stands still, and both ends of an exchange."""
    now = time.time()
    calls = [
        {"at": second, "app": "NEW", "code": CODES[second % len(CODES)], "request": str(second)}
        for second in range(int(now) - 300, int(now))
    ]
    calls.append({"at": int(now) - 40 * DAY_SECONDS, "app": "OLD", "code": 200, "request": "the last"})
    day_ago = datetime.fromtimestamp(now - DAY_SECONDS, UTC).isoformat()
    body = {
        "/queue": {"waiting": 7},
        "/calls": {"items": calls},
        "/newest": {"newest_record": day_ago},
        "/provider": {"days": [{"window": "monday", "count": 100, "newest": day_ago}]},
        "/consumer": {"days": [{"window": "monday", "count": 80, "newest": day_ago}]},
    }[request.path]
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.end_headers()
    with suppress(ConnectionError):  # the daemon ends while it reads
        request.wfile.write(json.dumps(body).encode())


@contextmanager
def secured(folder, days):
    """Serve TLS with a certificate that ends in some days; yields the port."""
    folder.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder, days=days))

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_):
            pass

    with Quiet(("127.0.0.1", 0), Answer) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        try:
            yield serving.server_address[1]
        finally:
            serving.shutdown()
            thread.join()


@contextmanager
def offices(configuration, folder):
    """Add the agencies to a configuration, and serve what they look at."""
    folder.mkdir()
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{stack.enter_context(http(answer))}"
        ports = {days: stack.enter_context(secured(folder / f"{days}", days)) for days in DAYS_LEFT}
        closed = free_port()
        systems = [
            f"  - {{id: cert-{days}, kind: portal, name: TLS {days}, checks: [{{id: tls, probe: tls,"
            f' with: {{target: "localhost:{port}", min_days: 0}}}}]}}'
            for days, port in ports.items()
        ]
        facts = {
            "url": url,
            "closed": closed,
            "slow": "{json: waiting, less_than: 1, level: degraded, reason: backlog}",
            "certificates": "\n".join(systems),
            **{end: f'{{http: {{url: "{url}/{end}", path: days}}}}' for end in ("provider", "consumer")},
        }
        down = f'checks: [{{id: cua, probe: tcp, with: {{target: "127.0.0.1:{closed}"}}}}]'
        dark = "".join(f"  - {{id: he-{number}, kind: portal, name: Hệ {number}, {down}}}\n" for number in range(4))
        (configuration / "agencies" / "vi-du.yaml").write_text(EXAMPLE % facts)
        (configuration / "agencies" / "toi-tam.yaml").write_text(DARK + dark)
        (configuration / "programmes" / "vi-du.yaml").write_text(PROGRAMME)
        settings = configuration / "monitor.yaml"
        settings.write_text(settings.read_text("utf-8") + SETTINGS % (folder / "history.db"), "utf-8")
        yield
