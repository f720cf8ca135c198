"""The catalogue: every family that is not a plugin's measure. Dashboards and rules use these names and no others."""

from monitor.sinks.metrics.family import Family, FamilyType

COUNTER, HISTOGRAM = FamilyType.COUNTER, FamilyType.HISTOGRAM
CHECK = ("agency", "check", "target")
TARGET = ("agency", "target")
GROUP = ("agency", "probe")

# Of each check.
PROBE_SUCCESS = Family(
    "datashare_probe_success", "What the newest run saw: 1 up or degraded, 0 down; absent while unknown.", labels=CHECK
)
CHECK_STATUS = Family(
    "datashare_check_status", "Confirmed state: 0 down, 1 degraded, 2 up; absent while unknown.", labels=CHECK
)
CHECK_MAINTENANCE = Family("datashare_check_maintenance", "1 inside a planned window, 0 outside.", labels=CHECK)
CHECK_REASON = Family(
    "datashare_check_reason",
    "1 for the reason of the confirmed state while it is not up.",
    labels=("agency", "check", "reason", "target"),
)
CHECK_SINCE = Family(
    "datashare_check_status_since_timestamp_seconds", "When the confirmed state began, in Unix time.", labels=CHECK
)
CHECK_SECONDS = Family(
    "datashare_check_state_seconds_total",
    "Time spent in each state; time of a change that is not confirmed yet is held back until it is decided.",
    COUNTER,
    ("agency", "check", "state", "target"),
)
DURATION = Family("datashare_probe_duration_seconds", "Duration of the newest run.", labels=CHECK)
RUNS = Family("datashare_probe_runs_total", "Completed runs.", COUNTER, CHECK)
FAILURES = Family("datashare_probe_failures_total", "Completed runs that saw down.", COUNTER, CHECK)
SLOW_RUNS = Family("datashare_probe_slow_runs_total", "Completed runs over the latency objective.", COUNTER, CHECK)
LAST_RUN = Family(
    "datashare_probe_last_run_timestamp_seconds", "Start of the newest completed run, in Unix time.", labels=CHECK
)
LAST_SUCCESS = Family(
    "datashare_probe_last_success_timestamp_seconds",
    "Start of the newest run that saw up or degraded, in Unix time.",
    labels=CHECK,
)
INTERVAL = Family("datashare_check_interval_seconds", "The configured beat of the check.", labels=CHECK)
CHECK_INFO = Family(
    "datashare_check_info",
    "1 for each check, with what it is made of.",
    labels=("agency", "check", "placement", "plugin", "probe", "target"),
)
PHASE = ("agency", "check", "phase", "target")
PHASES = Family(
    "datashare_probe_phase_duration_seconds", "Duration of each phase of the newest run, on request.", labels=PHASE
)
HTTP_PHASES = Family(
    "datashare_probe_http_duration_seconds",
    "Duration of each phase of the newest HTTP run, on request.",
    labels=PHASE,
)
ICMP_PHASES = Family(
    "datashare_probe_icmp_duration_seconds",
    "Duration of each phase of the newest ICMP run, on request.",
    labels=PHASE,
)
GRPC_PHASES = Family(
    "datashare_probe_grpc_duration_seconds",
    "Duration of each phase of the newest gRPC run, on request.",
    labels=PHASE,
)
DNS_PHASES = Family(
    "datashare_probe_dns_duration_seconds",
    "Duration of each phase of the newest DNS run, on request.",
    labels=PHASE,
)
PHASES_OF = {"http": HTTP_PHASES, "icmp": ICMP_PHASES, "grpc": GRPC_PHASES, "dns": DNS_PHASES}
"""By probe kind, under blackbox_exporter's names; every other kind has ``PHASES``."""
OF_CHECKS = (
    PROBE_SUCCESS, CHECK_STATUS, CHECK_MAINTENANCE, CHECK_REASON, CHECK_SINCE, CHECK_SECONDS, DURATION, RUNS, FAILURES,
    SLOW_RUNS, LAST_RUN, LAST_SUCCESS, INTERVAL, CHECK_INFO, PHASES, HTTP_PHASES, ICMP_PHASES, GRPC_PHASES,
    DNS_PHASES,
)  # fmt: skip

# Of each system and each connection.
SYSTEM_STATUS = Family(
    "datashare_system_status", "Worst of its checks: 0 down, 1 degraded, 2 up; absent while unknown.", labels=TARGET
)
SYSTEM_MAINTENANCE = Family("datashare_system_maintenance", "1 inside a planned window, 0 outside.", labels=TARGET)
SYSTEM_SINCE = Family(
    "datashare_system_status_since_timestamp_seconds",
    "When the state of the system began, in Unix time.",
    labels=TARGET,
)
CONNECTION_STATUS = Family(
    "datashare_connection_status",
    "Worst of its checks, and down while a system on its path is: 0 down, 1 degraded, 2 up; absent while unknown.",
    labels=TARGET,
)
NOT_UP = Family(
    "datashare_connection_not_up",
    "1 for the state of a connection while that is not up: maintenance inside a planned window, else its status.",
    labels=("agency", "state", "target"),
)
CONNECTION_FAULT = Family(
    "datashare_connection_fault",
    "1 for the first broken hop of a connection that is not up, and for who has to act.",
    labels=("agency", "at", "domain", "target"),
)
CONNECTION_MAINTENANCE = Family(
    "datashare_connection_maintenance",
    "1 inside a planned window of the connection or of a system on its path, 0 outside.",
    labels=TARGET,
)
CONNECTION_SINCE = Family(
    "datashare_connection_status_since_timestamp_seconds",
    "When the state of the connection began, in Unix time.",
    labels=TARGET,
)
CONNECTION_SECONDS = Family(
    "datashare_connection_state_seconds_total",
    "Time spent in each state; time of a change that is not confirmed yet is held back until it is decided.",
    COUNTER,
    ("agency", "state", "target"),
)
CONNECTION_STAGE = Family(
    "datashare_connection_stage",
    "1 for the stage that the connection has reached.",
    labels=("agency", "stage", "target"),
)
CONNECTION_DUE = Family(
    "datashare_connection_due_timestamp_seconds",
    "The end of the day on which the connection is due, in Unix time.",
    labels=TARGET,
)
AVAILABILITY_OBJECTIVE = Family(
    "datashare_availability_objective_ratio", "Availability that the target is held to.", labels=TARGET
)
FRESHNESS_OBJECTIVE = Family(
    "datashare_freshness_objective_seconds", "Age of the newest record that the target is held to.", labels=TARGET
)
COMPLETENESS_OBJECTIVE = Family(
    "datashare_completeness_objective_ratio",
    "Records held ÷ records expected that the target is held to.",
    labels=TARGET,
)
SUCCESS_OBJECTIVE = Family("datashare_success_objective_ratio", "Share of real calls that must succeed.", labels=TARGET)
SUCCESS_MINIMUM = Family(
    "datashare_success_objective_minimum_calls",
    "Real calls below which nothing is said about their success: they are too few.",
    labels=TARGET,
)
LATENCY_OBJECTIVE = Family(
    "datashare_latency_objective_seconds",
    "Latency that the target is held to, by percentile.",
    labels=("agency", "percentile", "target"),
)
SYSTEM_INFO = Family(
    "datashare_system_info",
    "1 for each system, with what it is and who acts on it.",
    labels=(
        "agency", "environment", "kind", "name", "name_en", "owner", "programmes", "security_level", "target", "tier",
        "zone",
    ),
)  # fmt: skip
CONNECTION_INFO = Family(
    "datashare_connection_info",
    "1 for each connection, with its ends, its path and who acts on it.",
    labels=(
        "agency", "consumer", "legal_basis", "name", "name_en", "owner", "programmes", "provider", "target", "via",
    ),
)  # fmt: skip
PARTICULARS = (
    CONNECTION_STAGE, CONNECTION_DUE, AVAILABILITY_OBJECTIVE, FRESHNESS_OBJECTIVE, COMPLETENESS_OBJECTIVE,
    SUCCESS_OBJECTIVE, SUCCESS_MINIMUM, LATENCY_OBJECTIVE, SYSTEM_INFO, CONNECTION_INFO,
)  # fmt: skip
"""What the inventory says and no run changes."""
OF_TARGETS = (
    SYSTEM_STATUS, SYSTEM_MAINTENANCE, SYSTEM_SINCE, CONNECTION_STATUS, NOT_UP, CONNECTION_FAULT,
    CONNECTION_MAINTENANCE, CONNECTION_SINCE, CONNECTION_SECONDS, *PARTICULARS,
)  # fmt: skip

# Of few systems and connections at a time: what is there only while something is the matter. Rules read these, and not
# some series of every connection to find the few.
CONCERNED = Family(
    "datashare_connection_concerned_info",
    "1 for each connection with a fault or with a finding of any kind, with its ends, its path and who acts on it.",
    labels=("agency", "consumer", "owner", "provider", "target", "via"),
)
PROVIDES = Family(
    "datashare_system_provides", "1 for each system to which a connection of any agency leads.", labels=TARGET
)
STALE_RECORD = Family(
    "datashare_target_stale_record_timestamp_seconds",
    "When the newest record was made, in Unix time, while it is older than the freshness objective allows.",
    labels=TARGET,
)
INCOMPLETE = Family(
    "datashare_target_incomplete_ratio",
    "Records held ÷ records expected, while that is less than the completeness objective.",
    labels=TARGET,
)
CERTIFICATE_ENDING = Family(
    "datashare_target_certificate_ending_timestamp_seconds",
    "When the certificate of a target that runs out first does so, in Unix time, from 30 days before.",
    labels=TARGET,
)
OVERDUE = Family(
    "datashare_connection_overdue_timestamp_seconds",
    "When a connection was due that is not live by then, in Unix time; suspended and retired ones left out.",
    labels=TARGET,
)
DORMANT = Family(
    "datashare_connection_dormant_timestamp_seconds",
    "When the newest real call was made, or since when none was found, in Unix time, of connections live and without a"
    " real call for 30 days.",
    labels=TARGET,
)
FAILING = Family(
    "datashare_connection_failing_calls_ratio",
    "Share of the real calls of the last hour that failed, while more of them fail than the success objective allows.",
    labels=TARGET,
)
FAILED = Family(
    "datashare_connection_failing_calls",
    "Real calls of the last hour that failed, by who has to act, while more of them fail than the objective allows.",
    labels=("agency", "domain", "target"),
)
CALLS = Family(
    "datashare_connection_calls_total",
    "Real calls between the ends of each live connection; absent while what counts them is an hour and a half late.",
    COUNTER,
    ("agency", "consumer", "owner", "provider", "target"),
)
OF_FINDINGS = (
    CONCERNED, PROVIDES, STALE_RECORD, INCOMPLETE, CERTIFICATE_ENDING, OVERDUE, DORMANT, FAILING, FAILED, CALLS,
)  # fmt: skip

# Of each check that counts calls.
CHECK_CALLS = Family(
    "datashare_check_calls_total",
    "Real calls that a check has counted, by consumer and outcome, whatever the service.",
    COUNTER,
    ("agency", "check", "consumer", "outcome", "target"),
)

# Of each agency and kind of probe.
LATENCY = Family(
    "datashare_probe_latency_seconds",
    "Durations of the runs that got to a verdict, by agency and kind of probe.",
    HISTOGRAM,
    GROUP,
)
FAILURE_REASONS = Family(
    "datashare_probe_failure_reasons_total",
    "Runs that did not see up, by reason.",
    COUNTER,
    ("agency", "probe", "reason"),
)
OF_GROUPS = (LATENCY, FAILURE_REASONS)

# Of agencies and plugins.
AGENCY_INFO = Family(
    "datashare_agency_info",
    "1 for each agency, with its class and names.",
    labels=("admin_code", "agency", "class", "code", "name", "name_en"),
)
PLUGIN_INFO = Family(
    "datashare_plugin_info",
    "1 for each kind of probe in use, with the plugin that offers it.",
    labels=("plugin", "probe", "version"),
)
AGENCY_SECONDS = Family(
    "datashare_agency_check_seconds_total",
    "Time that all checks of an agency together spent in each state: of two checks, two seconds a second.",
    COUNTER,
    ("agency", "state"),
)
AGENCY_CONNECTIONS = Family(
    "datashare_agency_connections",
    "Connections of an agency in each state, of those that anything looks at; maintenance inside a planned window.",
    labels=("agency", "state"),
)
AGENCY_HUB_CONNECTIONS = Family(
    "datashare_agency_hub_connections",
    "Connections of an agency that pass a hub, those suspended or retired left out.",
    labels=("agency", "at"),
)
AGENCY_LATE = Family(
    "datashare_agency_checks_late",
    "Checks of an agency that completed no run for three beats and two minutes.",
    labels=("agency",),
)
OF_AGENCIES = (AGENCY_SECONDS, AGENCY_CONNECTIONS, AGENCY_HUB_CONNECTIONS, AGENCY_LATE)
OF_FACTS = (AGENCY_INFO, PLUGIN_INFO)

# Of each programme.
MEMBER = ("agency", "programme")
PROGRAMME_REQUIRED = Family(
    "datashare_programme_required",
    "Who is asked to be connected: 1 for each agency; for a programme of no agencies how many there are.",
    labels=MEMBER,
)
PROGRAMME_CONNECTED = Family(
    "datashare_programme_connected",
    "Who is connected: 1 or 0 for each agency, for a programme of no agencies how many; absent while not known.",
    labels=MEMBER,
)
PROGRAMME_GOAL = Family(
    "datashare_programme_goal_ratio", "The share of those required that is to be connected.", labels=("programme",)
)
PROGRAMME_DEADLINE = Family(
    "datashare_programme_deadline_timestamp_seconds",
    "The end of the day until which the goal is to be reached, in Unix time.",
    labels=("programme",),
)
OF_PROGRAMMES = (PROGRAMME_REQUIRED, PROGRAMME_CONNECTED, PROGRAMME_GOAL, PROGRAMME_DEADLINE)

DECLARED = (*OF_CHECKS, *OF_TARGETS, *OF_FINDINGS, CHECK_CALLS, *OF_GROUPS, *OF_AGENCIES, *OF_FACTS, *OF_PROGRAMMES)
RESERVED = frozenset(
    name
    for family in DECLARED
    for name in (family.name, family.base, *(f"{family.base}_{end}" for end in ("bucket", "count", "sum", "created")))
)
"""Names that no measure of a plugin may take."""
