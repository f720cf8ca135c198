"""What a document exchange measures."""

from monitor.plugin import Measure
from monitor.plugin.measures import TLS

STATUS_CODE = Measure("probe_http_status_code", "Status code of the final answer.")
LISTED = Measure("exchange_listed_documents", "Number of documents in the list of the exchange.")
WAITING = Measure("exchange_unacknowledged_documents", "Number of documents that are not acknowledged.")
LAG = Measure(
    "exchange_delivery_lag_seconds", "Age of the oldest document that is not acknowledged; 0 when all of them are."
)

MEASURES = (STATUS_CODE, LISTED, WAITING, LAG, *TLS)
