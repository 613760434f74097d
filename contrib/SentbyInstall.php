<?php
// Tells a Sentby collector once which partner's code a product was installed with. MIT.
// PHP 7.4 or newer. Never throws; what is read is never run. Use: docs/install-sdk.md
namespace SentbyInstall;

const CI = ['CI', 'JENKINS_URL', 'TEAMCITY_VERSION', 'TF_BUILD', 'CODEBUILD_BUILD_ID']; // or CI too
const ANSWERS = '/^(attributed|unattributed|unknown_code|conflict|duplicate|cloned)$/';

function first(string $pattern, string $text): string {
    return preg_match($pattern, $text, $found) ? $found[1] : '';
}

function code(string $text): string { // the canonical form of what was typed; '' where it is none
    $typed = first('/^([A-Za-z0-9 \t\r\n._-]{1,64})$/D', $text);
    return first('/^(.{2,32})$/', strtoupper(preg_replace('/[^A-Za-z0-9]/', '', $typed)));
}

function small(string $path, int $limit = 65536): string { // a pipe or a device is never opened
    $isFine = @is_file($path) && @is_readable($path) && @filesize($path) <= $limit;
    return $isFine ? (string) @file_get_contents($path) : '';
}

/** Every claim as [source, value], the strongest first; an explicit none is the last. */
function resolve(string $product, array $from = []): array {
    $from += ['flag' => '', 'answer' => '', 'env' => getenv(), 'url' => '', 'name' => ''];
    [$env, $claims] = [$from['env'], []];
    $add = static function (string $source, string $value) use (&$claims): void {
        $claim = [$source, strtolower($value) === 'none' ? 'none' : $value];
        $isOver = in_array($claim, $claims, true) || in_array('none', array_column($claims, 1));
        $hasRoom = count($claims) < 15 || $claim[1] === 'none'; // the collector takes 16
        if ($value !== '' && !$isOver && $hasRoom) $claims[] = $claim;
    };
    $own = strtoupper(preg_replace(['/[^A-Za-z0-9]/', '/^(?=\d)/'], '_', $product)) . '_PARTNER';
    $setting = "/^[ \\t]*(?:export )?(?:$own|PARTNER)[ \\t]*=[ \\t\"']*([^\\r\\n\"']*)/im";
    $stamp = '/^([A-Za-z0-9._-]{1,512})\n?$/D';
    $add('flag', code($from['flag']));
    foreach ([$own, 'SENTBY_PARTNER'] as $name) $add('env', code($env[$name] ?? ''));
    foreach ($from['config'] ?? [] as $path) $add('config', code(first($setting, small($path))));
    $add('prompt', code($from['answer']));
    $add('stamp', first($stamp, $env['SENTBY_STAMP'] ?? ''));
    foreach ($from['stamps'] ?? [] as $path) $add('stamp', first($stamp, small($path, 1024)));
    $token = first('~^https?://[^?#]*/dl/(s\d\.[A-Za-z0-9._-]{1,500})/~', $from['url']);
    $via = first('~^https?://[^?#]*\?(?:[^#]*?&)?via=([^&#]*)~', $from['url']);
    $token === '' ? $add('url', code($via)) : $add('stamp', $token);
    $add('filename', code(first('~.*-ref_([^\W_]{2,32})(?:[. (][^/\\\\]*)?$~D', $from['name'])));
    return $claims;
}

/** One line that carries claims out of a site without internet: docs/claim-line.md. */
function claimLine(array $told): string {
    $text = 'sentby1:product=' . rawurlencode($told['product']);
    foreach (['install', 'version', 'parent', 'at'] as $name)
        $text .= ($told[$name] ?? '') === '' ? '' : "&$name=" . rawurlencode($told[$name]);
    foreach ($told['claims'] as $claim) $text .= '&claim=' . rawurlencode(implode(':', $claim));
    return $text . '&check=' . hash('adler32', $text);
}

/** Replaces the file as a whole, for its owner alone; false where nothing can be kept. */
function keep(string $store, array $state): bool {
    [$fresh, $text] = [$store . '.' . getmypid(), ''];
    foreach ($state as $name => $value) $text .= "$name=$value\n";
    return $store !== '' && !is_dir($store) && @touch($fresh) && @chmod($fresh, 0600)
        && @file_put_contents($fresh, $text) !== false && @rename($fresh, $store);
}

/** The collector's own answer; [] where nobody knows, and it may be sent again. */
function post(string $url, string $form, float $end): array {
    $http = ['method' => 'POST', 'content' => $form, 'timeout' => max(0.1, $end - microtime(true)),
        'header' => 'Content-Type: application/x-www-form-urlencoded',
        'follow_location' => 0, 'ignore_errors' => true];
    $in = @fopen($url, 'r', false, stream_context_create(['http' => $http]));
    if ($in) stream_set_timeout($in, 0, 200000); // a dripping answer holds up nobody
    for ($text = ''; $in && !feof($in) && microtime(true) < $end;) $text .= fread($in, 8192);
    $answer = json_decode($text, true); // the page of a hotel's network is none
    if (preg_match(ANSWERS, $answer['status'] ?? '')) return $answer;
    $isRefused = ($answer['retryable'] ?? null) === false;
    return $isRefused ? ['status' => 'refused', 'reason' => $answer['code'] ?? ''] : [];
}

/** Tells the collector, or keeps a claim line: ['status', 'code'?, 'reason'?, 'line'?]. */
function report(array $told): array {
    try {
        $told += ['claims' => [], 'store' => '', 'consent' => null, 'timeout' => 3];
        $on = array_diff(array_map('strtolower', $told['env'] ?? getenv()), ['', '0', 'false']);
        $reasons = ['declined' => in_array('none', array_column($told['claims'], 1)),
            'no_consent' => !in_array($told['consent'], [true, 'notice'], true),
            'ci' => array_intersect_key($on, array_flip(CI)),
            'do_not_track' => isset($on['DO_NOT_TRACK'])];
        $reason = key(array_filter($reasons));
        if ($reason) return ['status' => 'not_sent', 'reason' => $reason];
        preg_match_all('/^([a-z]+)=([!-~]+)$/m', small($told['store']), $kept);
        $state = array_combine($kept[1], $kept[2]) + ['install' => bin2hex(random_bytes(16))];
        $end = microtime(true) + $told['timeout'];
        for ($turn = 0; $turn < 3; $turn++) { // what waits, then this report; once more as a copy
            $fresh = claimLine(['at' => gmdate('Y-m-d\TH:i:s.000\Z')] + $state + $told);
            $line = ($state['pending'] ?? '') ?: $fresh;
            $said = preg_replace('/&(at|check)=[^&]*/', '', [$line, $fresh]);
            $form = substr(empty($state['pending']) ? $said[0] : strstr($line, '&check=', true), 8);
            if (!empty($state['receipt'])) $form .= '&receipt=' . rawurlencode($state['receipt']);
            $text = isset($on['SENTBY_DEBUG']) || $told['consent'] === 'notice' ? $form : '';
            if ($text) fwrite(fopen('php://stderr', 'w'), "telling $told[endpoint]: $form\n");
            if (isset($on['SENTBY_DEBUG'])) return ['status' => 'not_sent', 'reason' => 'debug'];
            $isKept = keep($told['store'], ['pending' => $line] + $state);
            if (small($told['store']) === '') $form .= '&ephemeral=true';
            $answer = post("$told[endpoint]/v1/installs", "key=$told[key]&$form", $end);
            if (!$answer) return ['status' => $isKept ? 'queued' : 'not_sent', 'line' => $line];
            $receipt = first('/^([!-~]+)$/D', $answer['receipt'] ?? $state['receipt'] ?? '');
            $state = ['receipt' => $receipt, 'pending' => ''] + $state;
            if ($answer['status'] === 'cloned') { // somebody went on from the original: a copy
                $state = ['receipt' => '', 'parent' => $state['install']] + $state;
                $state['install'] = bin2hex(random_bytes(16));
            } elseif ($said[0] === $said[1]) break;
        }
        keep($told['store'], $state);
        return $answer;
    } catch (\Throwable $error) {
        return ['status' => 'not_sent'];
    }
}
