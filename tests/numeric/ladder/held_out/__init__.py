"""Functions and points written down before the ladder had seen them, by family."""

from tests.numeric.ladder.held_out.cancelling import CANCELLATION
from tests.numeric.ladder.held_out.case import HeldOut
from tests.numeric.ladder.held_out.edges import EDGES
from tests.numeric.ladder.held_out.noisy import NOISY
from tests.numeric.ladder.held_out.orders import ORDERS
from tests.numeric.ladder.held_out.oscillating import OSCILLATING
from tests.numeric.ladder.held_out.programs import PROGRAMS
from tests.numeric.ladder.held_out.scales import SCALES
from tests.numeric.ladder.held_out.special_functions import SPECIAL

FAMILIES = {
    "oscillating": OSCILLATING,
    "scales": SCALES,
    "edges": EDGES,
    "noisy": NOISY,
    "cancellation": CANCELLATION,
    "special functions": SPECIAL,
    "programs": PROGRAMS,
    "orders and float32": ORDERS,
}
HELD_OUT = [case for family in FAMILIES.values() for case in family]

__all__ = ["FAMILIES", "HELD_OUT", "HeldOut"]
