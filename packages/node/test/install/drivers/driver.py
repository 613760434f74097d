"""Reads cases from standard input, gives their results on standard output."""
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from sentby_install import FileStore, Installation, claim_line, resolve_partner  # noqa: E402


def answered(case):
    if case['do'] == 'line':
        claims = [tuple(claim) for claim in case['claims']]
        return claim_line(case['product'], case['install'], case['at'], claims, case.get('version'), case.get('parent'))
    claims = resolve_partner(case['product'], case['argv'], case['env'], case['config'], case['stamps'], case['url'], case['self'])
    if case['do'] == 'search':
        return [':'.join(claim) for claim in claims]
    store = FileStore(case['store']) if case.get('store') else None
    names = ('endpoint', 'key', 'product', 'version', 'install', 'env', 'at')
    given = {name: case[name] for name in names if case.get(name) is not None}
    install = Installation(store=store, claims=claims, timeout=case.get('timeout') or 3, **given)
    if case['do'] == 'partner':
        return install.set_partner(case['code'])
    if case['do'] == 'offline':
        return install.offline_claim()
    return install.report(case.get('consent'), explicit=case.get('explicit', False), force=case.get('force', False))


print(json.dumps([answered(case) for case in json.load(sys.stdin)]))
sys.exit(7)
