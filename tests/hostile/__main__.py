import json, sys
from . import jail
from .corpus import corpus
wanted = sys.argv[1:]
ids = [a.id for a in corpus() if not wanted or any(w in a.id for w in wanted)]
with jail.built() as held:
    print(held.says)
    done = jail.run([sys.executable, "-m", "tests.hostile.inside", *ids], held, seconds=900, quiet=False)
for line in done.stdout.splitlines():
    o = json.loads(line)
    print(("ok  " if not o["problems"] else "BAD ") + f"{o['id']:40} {o['ending']:10} {o['seconds']:6.2f} {o['overrun']:5.2f} {o['message'][:150]!r}")
    for p in o["problems"]: print("      -", p[:400])
