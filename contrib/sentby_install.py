"""Tells a Sentby collector once which partner's code a product was installed with. MIT.

Python 3.8, nothing else. Never raises; what is read is never run. Use: docs/install-sdk.md"""
import json
import os
import re
import sys
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path
from urllib import error, parse, request

CI = ('CI', 'JENKINS_URL', 'TEAMCITY_VERSION', 'TF_BUILD', 'CODEBUILD_BUILD_ID')  # others set CI
ANSWERS = ('attributed', 'unattributed', 'unknown_code', 'conflict', 'duplicate', 'cloned')

def _first(pattern, text):
    return (re.findall(pattern, text or '') or [''])[0]

def _code(text):  # the canonical form of what somebody typed; '' where it is no code
    code = re.sub(r'[ \t\r\n._-]', '', _first(r'^([A-Za-z0-9 \t\r\n._-]{1,64})\Z', text))
    return _first('^(.{2,32})$', code.upper())

def _small(path, limit=65536):  # a pipe or a device is never opened
    with suppress(OSError, TypeError, ValueError):
        if Path(path).is_file() and Path(path).stat().st_size <= limit:
            return Path(path).read_bytes().decode('latin-1')
    return ''

def resolve_partner(product, flag='', answer='', env=os.environ, config=(), stamps=(), url='',
                    name=''):
    """Every claim as (source, value), the strongest first; an explicit none is the last."""
    own = re.sub(rb'[^A-Z0-9]|^(?=\d)', b'_', product.encode().upper()).decode() + '_PARTNER'
    setting = r'(?im)^[ \t]*(?:export )?(?:%s|PARTNER)[ \t]*=[ \t"\']*([^\r\n"\']*)' % own
    typed = [('flag', flag), ('env', env.get(own)), ('env', env.get('SENTBY_PARTNER'))]
    typed += [('config', _first(setting, _small(path))) for path in config]
    stamped = [env.get('SENTBY_STAMP')] + [_small(path, 1024) for path in stamps]
    tokens = [_first(r'^([A-Za-z0-9._-]{1,512})\n?\Z', text) for text in stamped]
    tokens.append(_first(r'^https?://[^?#]*/dl/(s\d\.[A-Za-z0-9._-]{1,500})/', url))
    via = '' if tokens[-1] else _first(r'^https?://[^?#]*\?(?:[^#]*?&)?via=([^&#]*)', url)
    named = _first(r'.*-ref_([A-Za-z0-9]{2,32})(?:[. (][^/\\]*)?\Z', name)
    found = [(source, _code(text)) for source, text in typed + [('prompt', answer)]]
    found += [('stamp', t) for t in tokens] + [('url', _code(via)), ('filename', _code(named))]
    found = list(dict.fromkeys(claim for claim in found if claim[1]))
    end = ([value.lower() for _, value in found] + ['none']).index('none')
    return found[:min(end, 15)] + [(source, 'none') for source, _ in found[end:end + 1]]

def claim_line(product, install, claims=(), version=None, parent=None, at=None):
    """One line that carries claims out of a site without internet: docs/claim-line.md."""
    fields = [('product', product), ('install', install), ('version', version), ('parent', parent)]
    fields += [('at', at or time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime()))]
    fields = [field for field in fields if field[1]] + [('claim', '%s:%s' % c) for c in claims]
    text = 'sentby1:' + parse.urlencode(fields, quote_via=parse.quote, safe='')
    return '%s&check=%08x' % (text, zlib.adler32(text.encode()))

def _keep(store, state):  # replaces the file as a whole, for its owner alone, where it can
    fresh = '%s.%d' % (store, os.getpid())
    with suppress(OSError):
        if store and not os.path.isdir(store):
            Path(fresh).unlink(missing_ok=True)  # a killed process of this number left it
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
                file.write(''.join('%s=%s\n' % field for field in state.items() if field[1]))
            os.replace(fresh, store)

def _post(url, form, end):  # the collector's own answer; {} where it may be sent again
    answers = [{}]
    def send():  # aside: neither a slow name server nor a dripping answer holds up the installer
        with suppress(Exception):  # the page of a hotel's network is no answer
            try:
                body = request.urlopen(url, form.encode(), 60).read(65536)
            except error.HTTPError as problem:
                body = problem.read(65536)
            answer = json.loads(body)
            if answer.get('status') in ANSWERS:
                answers.append(answer)
            elif answer.get('retryable') is False:
                answers.append({'status': 'refused', 'reason': answer.get('code')})
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(max(0, end - time.monotonic()))
    return answers[-1]

def report(endpoint, key, product, store, claims=(), version=None, consent=None, env=os.environ,
           timeout=3):
    """Tells the collector, or keeps a claim line: {'status', 'code'?, 'reason'?, 'line'?}."""
    on = {name for name in env if env[name].lower() not in ('', '0', 'false')}
    reasons = {'declined': claims and claims[-1][1] == 'none',
               'no_consent': consent not in (True, 'notice'),
               'ci': on.intersection(CI), 'do_not_track': 'DO_NOT_TRACK' in on}
    for reason in filter(reasons.get, reasons):
        return {'status': 'not_sent', 'reason': reason}
    with suppress(Exception):
        kept = re.findall('(?m)^([a-z]+)=([A-Za-z0-9%&=._~:/+-]+)$', _small(store))
        state, end = {'receipt': '', **dict(kept[::-1])}, time.monotonic() + timeout
        state.setdefault('install', os.urandom(16).hex())
        for _ in range(3):  # what waits, then this report; a copy once more under its own id
            fresh = claim_line(product, state['install'], claims, version, state.get('parent'))
            line = state.pop('pending', fresh)
            said = [re.sub('&(at|check)=[^&]*', '', one) for one in (line, fresh)]
            form = (said[0] if line is fresh else line.partition('&check=')[0])[8:]
            form += state['receipt'] and '&receipt=' + parse.quote(state['receipt'], safe='')
            if consent == 'notice' or 'SENTBY_DEBUG' in on:
                print('telling %s: %s' % (endpoint, form), file=sys.stderr)
            if 'SENTBY_DEBUG' in on:
                return {'status': 'not_sent', 'reason': 'debug'}
            _keep(store, dict(state, pending=line))
            form += '' if _small(store) else '&ephemeral=true'
            answer = _post(endpoint + '/v1/installs', 'key=%s&%s' % (key, form), end)
            if not answer:
                return {'status': 'queued' if line in _small(store) else 'not_sent', 'line': line}
            state['receipt'] = _first(r'^([!-~]+)\Z', answer.get('receipt', state['receipt']))
            if answer['status'] == 'cloned':  # somebody went on from the original: this is a copy
                state.update(install=os.urandom(16).hex(), parent=state['install'], receipt='')
            elif said[0] == said[1]:
                break
        _keep(store, state)
        return answer
    return {'status': 'not_sent'}
