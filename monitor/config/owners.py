"""Owners of programmes: contacts of agencies, checked when all files are read."""

from collections.abc import Iterator

from monitor.config.land import Land
from monitor.config.problem import listed, suggestion
from monitor.inventory import AgencyId, ContactId
from monitor.plugin.quantities import shown


def check_programme_owners(land: Land) -> None:
    """Note every owner of a programme that is no contact of any agency."""
    for place in land.programme_owners:
        agency, _, contact = str(place.value).partition("/")
        if agency not in land.agency_files:
            near = suggestion(agency, land.agency_files) or f". There are: {listed(land.agency_files)}"
            land.problems.add(place, f"there is no agency {shown(agency)} in agencies/{near}")
        elif AgencyId(agency) in land.agencies and (AgencyId(agency), ContactId(contact)) not in land.contacts:
            names = [*_contacts(land, agency)]
            near = suggestion(contact, names) or f". There are: {listed(names)}"
            land.problems.add(place, f'{shown(contact)} is not among the contacts of "{agency}"{near}')


def _contacts(land: Land, agency: str) -> Iterator[str]:
    for owner, contact in land.contacts:
        if owner == agency:
            yield contact
