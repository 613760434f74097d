import logging
import os

from odoo.tools import config

from .sentby_install import report, resolve_partner

_logger = logging.getLogger(__name__)

ENDPOINT = '@SENTBY_ENDPOINT@'
KEY = '@SENTBY_KEY@'
CONSENT = '@SENTBY_CONSENT@'


def post_init_hook(env):
    # The database's own folder: an upgrade replaces that of the module, and a copied database takes its folder along.
    store = os.path.join(config.filestore(env.cr.dbname), 'pbx_odoo.sentby')
    stamp = os.path.join(os.path.dirname(__file__), 'static', 'partner_ref')
    claims = resolve_partner('pbx-odoo', stamps=[stamp])
    told = report(ENDPOINT, KEY, 'pbx-odoo', store, claims, version='17.0.1.4.0', consent=CONSENT)
    _logger.info('partner: %s %s', told['status'], told.get('code') or told.get('reason') or '')
    if told['status'] == 'queued':
        _logger.info('without internet, give this line to Acme: %s', told['line'])
