"""Arrays in dictionaries of values: NEST's errors about them name neither the key nor the shape."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

TAKING_VALUES = ("llapi_set_nc_status", "llapi_set_defaults", "llapi_copy_model")
"""Low-level functions that take dictionaries of values."""


def naming_arrays(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a low-level function whose errors about arrays name the key, the shape and what to write."""

    @functools.wraps(original)
    def called(*arguments: Any, **more: Any) -> Any:
        try:
            return original(*arguments, **more)
        except TypeError as error:
            wrong = next((text for item in arguments if (text := _deep_array(item))), "")
            if not wrong:
                raise
            raise TypeError(f"{error}: {wrong}") from None

    return called


def _deep_array(item: Any) -> str:
    """Return what is wrong with the first array of several dimensions in a dictionary or a list of them."""
    if isinstance(item, (list, tuple)):
        return next((text for part in item if (text := _deep_array(part))), "")
    for key, value in item.items() if isinstance(item, Mapping) else ():
        dimensions = getattr(value, "ndim", 0)
        if isinstance(dimensions, int) and dimensions > 1:
            return (
                f"{key!r} was given an array of {dimensions} dimensions, {tuple(value.shape)}. A vector is "
                "set from an array of one dimension, for all nodes alike. For values that differ set each "
                f"node, or each element by nest.jit.columns(nodes)['{key}[0]'] = array[:, 0]"
            )
    return ""
