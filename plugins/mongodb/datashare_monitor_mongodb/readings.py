"""What a look at a MongoDB server measures, beside what configuration reads from documents."""

from monitor.plugin import Measure

ROWS = Measure("probe_mongodb_rows", "Documents that the question was answered with.")
QUERY_SECONDS = Measure("probe_mongodb_query_duration_seconds", "From asking to the last of the documents.")
PRIMARY = Measure("probe_mongodb_primary", "Whether the server says that it takes writes: a primary, or on its own.")
SSL = Measure("probe_mongodb_ssl", "Whether the server was spoken to over TLS.")

MEASURES = (ROWS, QUERY_SECONDS, PRIMARY, SSL)
OWN = frozenset(measure.name for measure in MEASURES)
