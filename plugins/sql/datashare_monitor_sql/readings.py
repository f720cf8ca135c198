"""What a look at a database measures, beside what configuration reads from cells."""

from monitor.plugin import Measure

ROWS = Measure("probe_sql_rows", "Rows the statement answered with.")
QUERY_SECONDS = Measure("probe_sql_query_duration_seconds", "From sending the statement to the last of its rows.")
SSL = Measure("probe_sql_ssl", "Whether the database was spoken to over TLS.")

MEASURES = (ROWS, QUERY_SECONDS, SSL)
OWN = frozenset(measure.name for measure in MEASURES)
