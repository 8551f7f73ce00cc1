"""Runs a command many times and prints one row of the table of growth.

usage: sizes.py NAME RUNS REQUESTS PROCESSES RESULTS COMMAND...

What the command prints goes nowhere, and its exit code may be anything. Wall and CPU time are medians; both
are appended to the file RESULTS. The peak of memory is that of the largest run. It counts what was there before
the command was: less than this Python takes, about 10 MB, is not shown.
"""

import json
import os
import statistics
import sys
import time

name, runs, requests, processes, results, command = (
    sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5], sys.argv[6:])
walls, cpus, peak = [], [], 0
for _ in range(runs):
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.execvp(command[0], command)
    _, _, usage = os.wait4(child, 0)
    walls.append(time.perf_counter() - started)
    cpus.append(usage.ru_utime + usage.ru_stime)
    peak = max(peak, usage.ru_maxrss)
wall, cpu = statistics.median(walls) * 1000, statistics.median(cpus) * 1000
with open(results, "a") as file:
    print(json.dumps([name, wall, cpu]), file=file)
print(f"| {name} | {wall:,.0f} ms | {cpu:,.0f} ms | {peak / 1024:.0f} MB | {requests} | {processes} |")
MOST_MEGABYTES = 64
if peak / 1024 > MOST_MEGABYTES:
    sys.exit(f"bench: {name} takes more than {MOST_MEGABYTES} MB of memory")
