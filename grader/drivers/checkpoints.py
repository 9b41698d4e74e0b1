"""Read the weights that were handed in, as `torch.save(model.state_dict(), file)` writes them.

For assignments that allow torch.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import dataclass, field
from typing import Any, Final

import torch

MAX_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name, or the word for why there are none.

    `problem` is empty, or one of: `objects`, what asks for more than tensors and was not read; `damaged`, a file cut
    off or none of torch's; `too-large`; `no-state-dict`, something else than tensors by name.
    """

    problem: str = ""
    weights: dict[str, Any] = field(default_factory=dict)


def read_checkpoint(data: bytes, max_bytes: int = MAX_BYTES) -> Checkpoint:
    """Read a state dict. No object of a file is executed, and no more is unpacked than `max_bytes`."""
    file = io.BytesIO(data)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > max_bytes:
                return Checkpoint("too-large")
    file.seek(0)
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        return Checkpoint("objects")
    except MemoryError:
        return Checkpoint("too-large")
    except (RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError, AttributeError) as error:
        return Checkpoint("too-large" if "DefaultCPUAllocator" in str(error) else "damaged")
    is_state = isinstance(found, dict) and all(isinstance(value, torch.Tensor) for value in found.values())
    return Checkpoint(weights=found) if is_state else Checkpoint("no-state-dict")
