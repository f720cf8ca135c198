"""What a look at a directory measures."""

from monitor.plugin import Measure
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, TLS

RESULT_CODE = Measure("probe_ldap_result_code", "Result code of the last operation; 0 is success (RFC 4511).")
ENTRIES = Measure("probe_ldap_entries", "Entries the search found; no more are asked for than decide.")
SSL = Measure("probe_ldap_ssl", "Whether the directory was spoken to over TLS.")

MEASURES = (RESULT_CODE, ENTRIES, SSL, FAILED_DUE_TO_REGEX, *TLS)
