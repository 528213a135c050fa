#!/usr/bin/env python3
"""Which rows of failures.txt does no test name in a comment? Fails when one that applies is without."""
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
rows, waived = {}, set()
for line in (here / 'failures.txt').read_text().splitlines():
    match = re.match(r'(F\d+) (- )?(.*)', line)
    if match:
        rows[match[1]] = match[3]
        if match[2]:
            waived.add(match[1])
named = set()
for file in here.rglob('*'):
    if file.suffix in ('.c', '.h', '.py', '.sh') and file != pathlib.Path(__file__):
        named.update(re.findall(r'\bF\d+\b', file.read_text(errors='replace')))
missing = [row for row in rows if row not in named and row not in waived]
for row in missing:
    print(f'{row} is named by no test: {rows[row]}')
for row in sorted(waived & named, key=lambda row: int(row[1:])):
    print(f'note: {row} is named by a test; its "-" may go')
for row in sorted((row for row in named if row not in rows and int(row[1:]) > 0), key=lambda row: int(row[1:])):
    print(f'note: {row} is in no row of failures.txt')
print(f'{len(rows) - len(waived)} rows apply, {len(missing)} without a test; {len(waived)} do not apply yet')
sys.exit(bool(missing))
