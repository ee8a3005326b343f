# SPDX-License-Identifier: BSD-2-Clause
"""Does a line of `ring3 verify --json` have what ring3(1) says a rejection has?"""
import json
import sys

PLACE = {"file": str, "line": int, "column": int, "source": str, "insn": int}
EVENT = dict(PLACE, what=str, fact=str)
BRANCH = dict(PLACE, holds=(bool, type(None)), times=int, learnt=str, next_line=int)
MERGE = dict(PLACE, visits=int, states=int, apart=list)
TOP = {
    "object": str, "program": str, "verdict": str, "errno": int, "reason": str, "message": str,
    "at": dict, "file": str, "function": str, "summary": str, "subject": str, "needed": str,
    "known": str, "lineage": list, "branches": list, "branches_left_out": int, "merges": list,
    "check": (dict, type(None)), "witness": dict, "hint": str, "edit": (dict, type(None)),
    "also": (dict, type(None)), "explain": str,
}


def check(where, value, schema):
    for key, kind in schema.items():
        assert key in value, f"{where}: no {key}"
        assert isinstance(value[key], kind), f"{where}.{key}: {value[key]!r}"


for line in open(sys.argv[1]):
    row = json.loads(line)
    assert row["verdict"] == "reject", row
    check("row", row, TOP)
    assert row["explain"] == row["reason"] and row["summary"] and row["hint"], row
    check("at", row["at"], PLACE)
    for event in row["lineage"]:
        check("lineage", event, EVENT)
    for branch in row["branches"]:
        check("branches", branch, BRANCH)
    for merge in row["merges"]:
        check("merges", merge, MERGE)
        for apart in merge["apart"]:
            check("apart", apart, {"what": str, "why": str})
    if row["check"]:
        check("check", row["check"], dict(PLACE, why=str))
    check("witness", row["witness"], {"found": bool, "says": str, "inputs": list})
    for value in row["witness"]["inputs"]:
        check("input", value, {"what": str, "value": str})
    for name in ("edit", "also"):
        if row[name]:
            check(name, row[name], {"line": int, "remove": str, "add": str})
    assert row["edit"] or not row["also"], row
