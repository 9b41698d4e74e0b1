"""Why a wrong array is wrong: known mistakes, generic reasons, the place, the picture."""
