"""The owner of a programme is a contact of an agency; another one is named (tests/bad_config/programme-owner-*)."""

from config.landscape import AGENCY, loaded, write


def test_owner_of_a_programme_is_kept(tmp_path):
    found = loaded(
        write(
            tmp_path,
            {
                "agencies/ha-noi.yaml": f"{AGENCY}contacts: {{duty: {{email: duty@ha-noi.example}}}}\n",
                "programmes/emc.yaml": "programme: {id: emc, name: EMC, owner: ha-noi/duty}\n",
            },
        )
    )

    assert found.problems == ()
    assert found.inventory.programmes["emc"].owner == "ha-noi/duty"
