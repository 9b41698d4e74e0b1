from .get_data import get_data
