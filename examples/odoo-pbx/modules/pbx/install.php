<?php
require_once __DIR__ . '/SentbyInstall.php';

$told = SentbyInstall\report([
    'endpoint' => '@SENTBY_ENDPOINT@',
    'key' => '@SENTBY_KEY@',
    'product' => 'pbx',
    'version' => '1.4.0',
    'claims' => SentbyInstall\resolve('pbx', ['stamps' => [__DIR__ . '/partner_ref']]),
    // Outside of this folder, which an upgrade wipes.
    'store' => FreePBX::Config()->get('ASTVARLIBDIR') . '/pbx.sentby',
    'consent' => '@SENTBY_CONSENT@',
]);
out("partner: $told[status] " . ($told['code'] ?? $told['reason'] ?? ''));
if ($told['status'] === 'queued') {
    out("without internet, give this line to Acme: $told[line]");
}
