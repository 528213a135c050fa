"""The table of rows: what was measured, the limit beside it, the budget, what is reached for."""

import os


class Table:
  def __init__(self):
    self.missed = []

  def head(self, title):
    print(f"\n{title}   (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    print(f"  {'':<58} {'ours':>14} {'beside it':>16} {'figure':>8} {'budget':>8} {'reach':>7}")

  def row(self, what, ours, beside, figure, budget, reach=None, least=False):
    """`figure` is held against `budget`: `least` says that more is better. Figures are a ratio to what
    stands beside, or the measured value itself."""
    def within(limit):
      return figure >= limit if least else figure <= limit
    sign = "≥" if least else "≤"
    word = "MISSED"
    if within(budget):
      word = "reached" if reach is not None and within(reach) else "met"
    else:
      self.missed.append(what)
    print(f"  {what:<58} {ours:>14} {beside:>16} {figure:>8.3g} {sign + f'{budget:g}':>8} "
          f"{'' if reach is None else f'{reach:g}':>7} {word}", flush=True)

  def note(self, text):
    print(f"    {text}", flush=True)

  def end(self):
    print(f"\n{len(self.missed)} rows missed" + "".join(f"\n  {what}" for what in self.missed))
