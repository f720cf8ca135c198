"""What a security server and the services behind it measure."""

from monitor.plugin import Label, Measure
from monitor.plugin.measures import TLS

STATUS_CODE = Measure("probe_http_status_code", "Status code of the final answer.")
CALL_SECONDS = Measure("probe_xroad_call_seconds", "How long the call took, there and back through both servers.")
ERROR = Measure("probe_xroad_error", "Whether a security server or the service answered with an error of X-Road's.")

HEALTHY = Measure("probe_xroad_healthy", "Whether the security server calls itself healthy.")
IN_MAINTENANCE = Measure("probe_xroad_maintenance", "Whether the security server says that it is in maintenance.")

CLIENTS = Measure("probe_xroad_clients", "Number of members and subsystems that are listed.")
METHODS = Measure("probe_xroad_methods", "Number of services that the provider offers.")
ALLOWED = Measure("probe_xroad_allowed_methods", "Number of services that we may call.")

TYPES = ("AUTH_OR_SIGN", "SECURITY_SERVER_TLS", "INTERNAL_IS_CLIENT_TLS")
SUCCESSFUL = Measure("probe_xroad_successful_requests", "Requests that succeeded in the last period of statistics.")
UNSUCCESSFUL = Measure("probe_xroad_unsuccessful_requests", "Requests that failed in the last period of statistics.")
PERIOD = Measure("probe_xroad_statistics_period_seconds", "How long a period of statistics is.")
LAST_SUCCESS = Measure(
    "probe_xroad_last_successful_request_timestamp_seconds", "When a request last succeeded, in Unix time."
)
CERTIFICATE_EXPIRY = Measure(
    "probe_xroad_certificate_expiry_timestamp_seconds",
    "When the first certificate of its type that is in use runs out, in Unix time.",
    labels=(Label.of("type", TYPES),),
)

OF_CALL = (STATUS_CODE, CALL_SECONDS, ERROR, *TLS)
OF_HEALTH = (STATUS_CODE, HEALTHY, IN_MAINTENANCE)
OF_SERVICES = (CLIENTS, METHODS, ALLOWED)
OF_MONITORING = (SUCCESSFUL, UNSUCCESSFUL, PERIOD, LAST_SUCCESS, CERTIFICATE_EXPIRY)
