"""The bench's rules asked of DuckDB, on its own table of the same rows, two threads.

    python benches/compare/duckdb_rules.py DIRECTORY

DIRECTORY holds customer.csv, event.csv and rules.json, as `cargo bench --bench engine` writes them. One line of JSON
per rule: name, milliseconds (median of seven, warm), and the figures, which the bench compares with its own.
"""
import json
import statistics
import sys
import time

import duckdb

directory = sys.argv[1]
db = duckdb.connect()
db.execute("set threads to 2")
for table in ("customer", "event"):
    db.execute(f"create table {table} as select * from read_csv('{directory}/{table}.csv', header = true)")
for rule in json.load(open(f"{directory}/rules.json")):
    times = []
    for _ in range(7):
        start = time.perf_counter()
        row = db.execute(rule["sql"]).fetchall()
        times.append((time.perf_counter() - start) * 1000)
    figures = [sum(part[i] or 0 for part in row) for i in range(1, len(row[0]))]
    print(json.dumps({"name": rule["name"], "ms": statistics.median(times), "figures": [int(f) for f in figures]}), flush=True)
