"""Who acts is said the same way everywhere: by the full id of a contact, or of the agency while nobody is named."""

import pytest
from judge.watch import connection, system

from monitor.owner import contact, owner_of


def test_contact_is_named_by_its_full_id():
    assert contact("ha-noi", "truc-ban") == "ha-noi/truc-ban"
    assert contact("ha-noi", None) is None


@pytest.mark.parametrize("target", [system, connection])
def test_agency_acts_while_a_target_names_nobody(target):
    assert owner_of(target("ha-noi/lgsp", owner="truc-ban")) == "ha-noi/truc-ban"
    assert owner_of(target("ha-noi/lgsp")) == "ha-noi"
