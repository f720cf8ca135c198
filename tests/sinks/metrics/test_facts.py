"""Agencies and kinds of probe in use are series to join with."""

from dataclasses import replace

from judge.watch import check, inventory, system
from sinks.metrics.scraped import Scraped

from monitor.inventory import Agency, AgencyClass


def test_agency_and_plugin_are_described():
    agency = Agency(
        id="ha-noi", agency_class=AgencyClass.CITY, name="Hà Nội", name_en="Ha Noi", admin_code="01", code=""
    )
    bench = Scraped(inventory([check("ha-noi/portal/http")], [system("ha-noi/portal")], agencies=[agency]))

    labels = 'admin_code="01",agency="ha-noi",class="city",code="",name="Hà Nội",name_en="Ha Noi"'
    assert bench.samples("datashare_agency_info") == {f"datashare_agency_info{{{labels}}}": 1.0}
    assert bench.value("datashare_plugin_info", plugin="http", probe="http", version="0.1.0") == 1
    bench.reload(replace(bench.inventory, agencies={"ha-noi": replace(agency, name="Thủ đô")}))
    assert bench.samples("datashare_agency_info") == {
        f"datashare_agency_info{{{labels.replace('Hà Nội', 'Thủ đô')}}}": 1.0
    }
    bench.reload(inventory([]))
    assert bench.samples("datashare_agency_info") == bench.samples("datashare_plugin_info") == {}
