"""Reads cases from standard input, gives their results on standard output."""
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from sentby_install import claim_line, report, resolve_partner  # noqa: E402


def answered(case):
    if case['do'] == 'line':
        case['claims'] = [tuple(claim) for claim in case['claims']]
        names = ('product', 'install', 'claims', 'version', 'parent', 'at')
        return claim_line(**{name: case[name] for name in names if name in case})
    names = ('product', 'flag', 'answer', 'env', 'config', 'stamps', 'url')
    claims = resolve_partner(name=case['self'], **{name: case[name] for name in names})
    if case['do'] == 'search':
        return [':'.join(claim) for claim in claims]
    names = ('endpoint', 'key', 'product', 'store', 'version', 'consent', 'env', 'timeout')
    return report(claims=claims, **{name: case[name] for name in names if name in case})


print(json.dumps([answered(case) for case in json.load(sys.stdin)]))
sys.exit(7)
