"""Every dashboard, in the order of the table in the README."""

from dashboards.boards.agency import AGENCY_BOARD
from dashboards.boards.certificates import CERTIFICATES
from dashboards.boards.connection import CONNECTION_BOARD
from dashboards.boards.hub import HUB_BOARD
from dashboards.boards.internals import INTERNALS
from dashboards.boards.national import NATIONAL
from dashboards.boards.objectives import OBJECTIVES
from dashboards.boards.programmes import PROGRAMMES_BOARD
from dashboards.boards.sharing import SHARING

BOARDS = (
    NATIONAL,
    AGENCY_BOARD,
    CONNECTION_BOARD,
    HUB_BOARD,
    SHARING,
    PROGRAMMES_BOARD,
    OBJECTIVES,
    CERTIFICATES,
    INTERNALS,
)
