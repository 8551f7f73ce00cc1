"""Makes the largest files that somebody else may put before the doctor, each small to write and large to read.

usage: worst.py DIRECTORY
"""

import os
import sys

root = sys.argv[1]


def put(name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


# Bundles.
head = '{"format":"openclaw-doctor bundle","formatVersion":1,"facts":'
put("objects.json", head + "[" + '{"":1},' * (2 << 20) + "1]}")
put("lists.json", head + "[" * 100 + "[]," * (5 << 20) + "1" + "]" * 100 + "}")
put("placeholders.json", head + "[" + ",".join(f'"<host-{n}> <user-{n}>"' for n in range(1, 100_000)) + "]}")
# Configs.
put("values/openclaw.json", "{a: [" + "{}," * (2 << 20) + "]}")
put("nested/openclaw.json", "{a: " + "[" * 250 + "1," * (1 << 20) + "]" * 250 + "}")
put("text/openclaw.json", "{a: '" + "x" * (8_000_000) + "'}")
put("references/openclaw.json", "{gateway: {mode: '" + "${" * 3_500_000 + "'}}")
put("includes/openclaw.json", "{$include: [" + "'a.json'," * 200 + "]}")
put("includes/a.json", "{a: ['" + "x" * 1_900_000 + "']}")
# The keys of 500 providers, each with 10 models: as much as is read of one.
models = ",".join(f"{{id: 'm{n}', name: 'm{n}'}}" for n in range(10))
providers = ",".join(f"p{n}: {{api: 'openai', baseUrl: 'http://192.0.2.1:1', models: [{models}]}}" for n in range(500))
put("providers/openclaw.json", "{models: {providers: {" + providers + "}}}")
# A unit whose drop-ins have 100 MB each, and no block on the disk.
unit = "home/.config/systemd/user/openclaw-gateway.service"
put(unit, "[Service]\nExecStart=/usr/bin/node x gateway\n")
put("home/.openclaw/openclaw.json", "{gateway: {mode: 'local'}}")
for number in range(100):
    os.truncate(put(f"{unit}.d/{number}.conf", ""), 100 << 20)
# A .env without an end.
put("endless/openclaw.json", "{}")
os.symlink("/dev/zero", os.path.join(root, "endless/.env"))
