"""What a call behind a token or a login measures."""

from monitor.plugin import Answer, Measure, Reading
from monitor.plugin.measures import TLS, tls_readings

STATUS_CODE = Measure("probe_http_status_code", "Status code of the final answer.")
API_SECONDS = Measure("probe_api_seconds", "How long the call to the API took, the token or the login not counted.")

TOKEN_SECONDS = Measure(
    "probe_oauth2_token_seconds", "How long it took to get an access token, in a run that fetched one."
)
TOKEN_LIFETIME = Measure(
    "probe_oauth2_token_lifetime_seconds", "How long a new access token lives, in a run that fetched one."
)
FETCHED = Measure("probe_oauth2_token_fetched", "Whether the run fetched an access token; 0 when a kept one was used.")
REVOKED = Measure(
    "probe_oauth2_token_revoked", "Whether a kept access token was refused before it expired, and was renewed."
)

LOGIN_SECONDS = Measure("probe_session_login_seconds", "How long the login took, in a run that logged in.")
LOGINS = Measure("probe_session_logins", "How many times the run logged in; 0 when a kept session was used.")
LOST = Measure("probe_session_lost", "Whether a kept session was refused before its time, and was renewed.")
LOGOUT_FAILED = Measure("probe_session_logout_failed", "Whether the logout failed, so that the session stays open.")

OF_OAUTH2 = (STATUS_CODE, API_SECONDS, TOKEN_SECONDS, TOKEN_LIFETIME, FETCHED, REVOKED, *TLS)
OF_SESSION = (STATUS_CODE, API_SECONDS, LOGIN_SECONDS, LOGINS, LOST, LOGOUT_FAILED, *TLS)


def of_answer(answer: Answer, took: float) -> tuple[Reading, ...]:
    """Return what an answer of the API measures."""
    readings = (STATUS_CODE(answer.status), API_SECONDS(took))
    return readings if answer.tls is None else (*readings, *tls_readings(answer.tls))
