"""For kinds that ask over HTTP: credentials and access tokens, assertions and readings on JSON, XML and headers.

A probe has the dataclasses as fields (``assertions: tuple[Assertion, ...]``), reveals its secrets through a ``Wallet``
so that nothing repeats them, and lets an ``Examination`` judge the answer. What is read of a target is hostile:
documents are capped, nothing they refer to is fetched, and a pattern takes linear time.
"""

from monitor.plugin.documents import apart, read_json
from monitor.plugin.http.assertions import REASONS, Assertion, Finding, Rule
from monitor.plugin.http.body_readings import BodyReading, check_readings, measure_of
from monitor.plugin.http.comparison import shown
from monitor.plugin.http.contents import Contents, Place, check_xpath, search_json, text_of
from monitor.plugin.http.credentials import Authorization, BasicAuth, HeaderValues, secret_fields, with_authorization
from monitor.plugin.http.examination import Examination, worst
from monitor.plugin.http.fields import Fields, check_method, check_names, check_values, sendable
from monitor.plugin.http.oauth2 import Bearer, OAuth2, bearer
from monitor.plugin.http.refusals import fault_of, reason_of, retry_after, shown_code, side_of, words_of
from monitor.plugin.http.statuses import all_codes, written
from monitor.plugin.http.telling import Later, Tell
from monitor.plugin.http.wallet import Wallet
from monitor.plugin.http.xml import read_xml

__all__ = [
    "REASONS",
    "Assertion",
    "Authorization",
    "BasicAuth",
    "Bearer",
    "BodyReading",
    "Contents",
    "Examination",
    "Fields",
    "Finding",
    "HeaderValues",
    "Later",
    "OAuth2",
    "Place",
    "Rule",
    "Tell",
    "Wallet",
    "all_codes",
    "apart",
    "bearer",
    "check_method",
    "check_names",
    "check_readings",
    "check_values",
    "check_xpath",
    "fault_of",
    "measure_of",
    "read_json",
    "read_xml",
    "reason_of",
    "retry_after",
    "search_json",
    "secret_fields",
    "sendable",
    "shown",
    "shown_code",
    "side_of",
    "text_of",
    "with_authorization",
    "words_of",
    "worst",
    "written",
]
