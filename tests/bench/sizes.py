"""Runs a command many times and prints one row: wall and CPU time, peak memory.

usage: sizes.py NAME RUNS COMMAND...    (what it prints goes nowhere; its exit code may be anything)
"""

import os
import statistics
import sys
import time

name, runs, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
walls, cpus, peaks = [], [], []
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
    peaks.append(usage.ru_maxrss)
ms = lambda times: f"{statistics.median(times) * 1000:.0f} ms"
print(f"| {name} | {ms(walls)} | {ms(cpus)} | {max(peaks) / 1024:.0f} MB |")
