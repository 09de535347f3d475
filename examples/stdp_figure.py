"""The figure of `stdp_network.py`: spikes, population rate, and weights before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

if TYPE_CHECKING:
    from stdp_network import Outcome

EXCITATORY, INHIBITORY, ALL, BEFORE = "#2a6f97", "#c1440e", "#44525c", "#8b97a1"
STYLE: Any = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "font.size": 9,
    "legend.frameon": False,
}
SHOWN = 100  # neurons in the raster
BIN = 2.0  # ms


def save_figure(outcome: Outcome, path: str) -> None:
    """Draw what a run did.

    Parameters
    ----------
    outcome
        The run.
    path
        The file to write; its ending decides the format.
    """
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(10.5, 5.6), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=(2.1, 1), height_ratios=(2, 1))
        raster = figure.add_subplot(grid[0, 0])
        _raster(raster, outcome)
        _rate(figure.add_subplot(grid[1, 0], sharex=raster), outcome)
        _weights(figure.add_subplot(grid[:, 1]), outcome)
        figure.savefig(path, dpi=160)
        plt.close(figure)


def _raster(axes: Any, outcome: Outcome) -> None:
    """Draw spikes of some neurons, in the proportion of the two populations."""
    settings = outcome.run.settings
    number = min(SHOWN, settings.neurons)
    excitatory = round(number * settings.excitatory / settings.neurons)
    rows = ((1, excitatory, 0), (settings.excitatory + 1, number - excitatory, excitatory))
    for (first, count, offset), colour, name in zip(
        rows, (EXCITATORY, INHIBITORY), ("excitatory", "inhibitory"), strict=True
    ):
        shown = (outcome.senders >= first) & (outcome.senders < first + count)
        position = outcome.senders[shown] - first + offset
        axes.plot(outcome.times[shown], position, "|", color=colour, markersize=3, markeredgewidth=0.9)
        axes.text(
            1.01, (offset + count / 2) / number, name, color=colour, rotation=270,
            transform=axes.transAxes, va="center",
        )  # fmt: skip
    axes.set(
        ylim=(-1, number),
        ylabel="neuron",
        title=f"Spikes of {number} of {settings.neurons} neurons; CV of intervals {outcome.cv:.2f}",
    )
    axes.tick_params(labelbottom=False)


def _rate(axes: Any, outcome: Outcome) -> None:
    """Draw the mean rate of all neurons over time."""
    settings = outcome.run.settings
    edges = np.arange(settings.warm_up, settings.warm_up + settings.duration + BIN / 2, BIN)
    counts, _ = np.histogram(outcome.times, edges)
    rate = counts / settings.neurons / BIN * 1e3
    axes.stairs(rate, edges, color=ALL, fill=True, alpha=0.25)
    axes.stairs(rate, edges, color=ALL, linewidth=0.9)
    axes.axhline(outcome.rate, color=ALL, linewidth=0.8, linestyle=":")
    axes.set(
        xlim=(edges[0], edges[-1]),
        ylim=(0, None),
        xlabel="time (ms)",
        ylabel="rate (spikes/s)",
        title=f"Population rate in bins of {BIN:g} ms: {outcome.rate:.1f} spikes/s on average",
    )


def _weights(axes: Any, outcome: Outcome) -> None:
    """Draw the distribution of plastic weights before and after."""
    everything = np.concatenate([outcome.before, outcome.after])
    edges = np.linspace(everything.min(), np.quantile(everything, 0.9999), 81)
    width, top = np.diff(edges), 0.0
    for values, colour, name in ((outcome.before, BEFORE, "before"), (outcome.after, EXCITATORY, "after")):
        share = np.histogram(values, edges)[0] / len(values) / width
        label = f"{name}: {values.mean():.1f} ± {values.std():.1f} pA"
        axes.stairs(share, edges, fill=True, color=colour, alpha=0.4, label=label)
        axes.stairs(share, edges, color=colour, linewidth=1.2)
        top = max(top, share.max())
    axes.set(xlabel="weight (pA)", ylabel="density (1/pA)", title="Weights of plastic synapses")
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.2 * top))  # room for the legend
    axes.legend(loc="upper left")
