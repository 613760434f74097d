"""Tells a Sentby collector once which partner's code a product was installed with. MIT.

Python 3.8, nothing else. Never raises; what is read is never run. Use: docs/install-sdk.md"""
import json
import os
import re
import sys
import threading
import time
import uuid
import zlib
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

CI = ('CI', 'JENKINS_URL', 'TEAMCITY_VERSION', 'TF_BUILD', 'CODEBUILD_BUILD_ID')  # others set CI
ANSWERS = ('attributed', 'unattributed', 'unknown_code', 'conflict', 'duplicate', 'cloned')
NOTICE = ('%s tells %s once that it was installed: a random id, its version and the code of the '
          'partner who recommended it. SENTBY_PARTNER=none tells nothing.')


def _first(pattern, text):
    found = re.search(pattern, text or '')
    return found[1] if found else ''


def _code(text):
    """The canonical form of what somebody typed, or 'none'; '' where it is no code."""
    code = re.sub(r'[ \t\r\n._-]', '', _first(r'^([A-Za-z0-9 \t\r\n._-]{1,64})\Z', text)).upper()
    return 'none' if code == 'NONE' else _first('^(.{2,32})$', code)


def _token(text):
    token = _first(r'^([A-Za-z0-9._-]{1,512})\n?\Z', text)
    return 'none' if token.lower() == 'none' else token


def _small(path, limit):
    try:  # a pipe or a device is never opened
        if os.path.isfile(path) and os.path.getsize(path) <= limit:
            with open(path, encoding='latin-1', newline='') as file:
                return file.read(limit)
    except (OSError, TypeError, ValueError):
        pass
    return ''


def resolve_partner(product, flag='', answer='', env=os.environ, config=(), stamps=(), url='',
                    name=''):
    """Every claim as (source, value), the strongest first; an explicit none is the last."""
    prefix = re.sub(rb'[^A-Za-z0-9]', b'_', product.encode()).decode().upper()
    own = re.sub(r'^(?=\d)', '_', prefix) + '_PARTNER'
    setting = r'(?im)^[ \t]*(?:export )?(?:%s|PARTNER)[ \t]*=[ \t"\']*([^\r\n"\']*)' % own
    token = _first(r'^https?://[^?#]*/dl/(s\d\.[A-Za-z0-9._-]{1,500})/', url)
    via = _first(r'^https?://[^?#]*\?(?:[^#]*?&)?via=([^&#]*)', url)
    named = _first(r'-ref_([A-Za-z0-9]+)(?:[. (][^/\\]*)?\Z', name)
    found = [('flag', _code(flag))] + [('env', _code(env.get(n))) for n in (own, 'SENTBY_PARTNER')]
    found += [('config', _code(_first(setting, _small(path, 65536)))) for path in config]
    found += [('prompt', _code(answer)), ('stamp', _token(env.get('SENTBY_STAMP')))]
    found += [('stamp', _token(_small(path, 1024))) for path in stamps]
    found += [('stamp', token) if token else ('url', _code(via)), ('filename', _code(named))]
    claims = []
    for claim in found:
        if claim[1] and claim not in claims and (len(claims) < 15 or claim[1] == 'none'):
            claims.append(claim)
        if claim[1] == 'none':
            break
    return claims


def claim_line(product, install, at, claims=(), version=None, parent=None):
    """One line that carries claims out of a site without internet: docs/claim-line.md."""
    fields = {'product': product, 'install': install, 'version': version, 'parent': parent, 'at': at}
    fields = [field for field in fields.items() if field[1]] + [('claim', '%s:%s' % c) for c in claims]
    text = 'sentby1:' + urlencode(fields, quote_via=quote, safe='')
    return '%s&check=%08x' % (text, zlib.adler32(text.encode()))


class Installation:
    """One installed copy. `store`: a file of the product's own that lasts as long as it does."""

    def __init__(self, endpoint, key, product, store, claims=(), version=None, env=os.environ,
                 timeout=3):
        self.url, self.key, self.env, self.timeout = endpoint + '/v1/installs', key, env, timeout
        self.product, self.version, self.claims, self.store = product, version, claims, store
        kept = re.findall(r'(?m)^([a-z]+)=([A-Za-z0-9%&=._~:/+-]+)$', _small(store, 131072))
        self.state = dict(kept[::-1])  # of several lines that wait, the oldest
        self.is_new = 'install' not in self.state
        self.state.setdefault('install', str(uuid.uuid4()))

    def _lines(self):
        """What is to be told: the line that waits, then today's if it says anything else."""
        at, parent = time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime()), self.state.get('parent')
        self.fresh = claim_line(self.product, self.state['install'], at, self.claims, self.version, parent)
        waiting = _first('^(sentby1:.*&check=.*)', self.state.get('pending'))
        said = [re.sub('&(at|check)=[^&]*', '', line) for line in (waiting, self.fresh)]
        return [waiting] if said[0] == said[1] else [waiting, self.fresh] if waiting else [self.fresh]

    def _keep(self, pending):
        """Replaces the file as a whole, for its owner alone; False where nothing can be kept."""
        self.state['pending'] = pending
        try:
            fresh = '%s.%d' % (self.store, os.getpid())
            os.makedirs(os.path.dirname(os.path.abspath(self.store)), exist_ok=True)
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
                file.write(''.join('%s=%s\n' % field for field in self.state.items() if field[1]))
            os.replace(fresh, self.store)
            return True
        except (OSError, TypeError):
            return False
