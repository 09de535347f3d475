"""A backend of matplotlib that saves each figure that is shown, or left at the end, to `figures/`."""

import atexit
from pathlib import Path

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

FOLDER = Path.cwd() / "figures"


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        FOLDER.mkdir(exist_ok=True)
        for number in pyplot.get_fignums():
            name = f"{len(list(FOLDER.iterdir())):03}.png"
            pyplot.figure(number).savefig(FOLDER / name, metadata={"Software": None})
        pyplot.close("all")


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManager


atexit.register(lambda: pyplot.get_fignums() and FigureManager.pyplot_show())
