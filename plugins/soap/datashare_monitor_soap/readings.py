"""What a SOAP service measures."""

from monitor.plugin import Measure
from monitor.plugin.measures import TLS

STATUS_CODE = Measure("probe_http_status_code", "Status code of the final answer.")
FAULT = Measure("probe_soap_fault", "Whether the service answered with a fault, one that is accepted included.")
CALL_SECONDS = Measure("probe_soap_call_seconds", "How long the call took, the WSDL not counted.")
OPERATIONS = Measure("probe_soap_wsdl_operations", "Number of operations that the WSDL describes.")
DOCUMENTS = Measure("probe_soap_wsdl_documents", "Number of documents that the WSDL is made of, itself included.")

MEASURES = (STATUS_CODE, FAULT, CALL_SECONDS, OPERATIONS, DOCUMENTS, *TLS)
