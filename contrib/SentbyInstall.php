<?php
/**
 * Tells a Sentby collector which partner's code a product was installed with. MIT.
 *
 * PHP 7.4 or newer, with or without the curl extension. Nothing here throws, and nothing that is read is ever run.
 * docs/install-sdk.md describes the options, which are the same in every language.
 */
final class SentbyInstall
{
    private const CI = ['CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'CIRCLECI', 'TRAVIS', 'APPVEYOR', 'BUILDKITE', 'DRONE', 'JENKINS_URL',
        'TEAMCITY_VERSION', 'TF_BUILD', 'CODEBUILD_BUILD_ID', 'BITBUCKET_BUILD_NUMBER'];
    private const FIELDS = ['install', 'native', 'parent', 'receipt', 'visitor', 'noticed', 'code'];
    private const STATUSES = ['attributed', 'unattributed', 'unknown_code', 'conflict', 'duplicate', 'cloned'];
    private const LINE = '/^sentby1:[A-Za-z0-9%&=._~-]{1,8175}&check=[0-9a-f]{8}$/D';

    private array $options;
    private array $env;
    private array $state = [];
    private array $pending = [];
    private string $fresh = '';
    private bool $isFirst = false;
    private bool $isEphemeral = false;
    private float $end = 0.0;

    /**
     * @param array $options endpoint, key, product (needed); store (a path, or [callable get, callable set]), version, claims
     *   (from resolve), install, parent, visitor, env, timeout (seconds, 3)
     */
    public function __construct(array $options)
    {
        $this->options = $options + ['endpoint' => '', 'key' => '', 'product' => '', 'store' => null, 'version' => null,
            'claims' => [], 'install' => null, 'parent' => null, 'visitor' => null, 'timeout' => 3.0, 'at' => null];
        $this->options['endpoint'] = rtrim($this->options['endpoint'], '/');
        $this->env = $options['env'] ?? getenv();
    }

    /**
     * Every claim as [source, value], the strongest first: flag, environment, configuration, prompt, stamp, URL, file name.
     *
     * @param array $from argv, env, config (paths), stamps (paths), url, self (path), prompt (callable)
     */
    public static function resolve(string $product, array $from = []): array
    {
        $argv = $from['argv'] ?? array_slice($_SERVER['argv'] ?? [], 1);
        $env = $from['env'] ?? getenv();
        $claims = [];
        $prefix = strtoupper(preg_replace(['/[^A-Za-z0-9]/', '/^(?=\d)/'], '_', $product));
        $add = static function (string $source, ?string $value) use (&$claims): void {
            $isClosed = $claims !== [] && end($claims)[1] === 'none';
            $hasRoom = count($claims) < 15 || $value === 'none';
            if ($value !== null && !$isClosed && $hasRoom && !in_array([$source, $value], $claims, true)) {
                $claims[] = [$source, $value];
            }
        };
        $add('flag', self::code(self::flag($argv)));
        $add('env', self::code($env[$prefix . '_PARTNER'] ?? ''));
        $add('env', self::code($env['SENTBY_PARTNER'] ?? ''));
        foreach ($from['config'] ?? [] as $path) {
            $add('config', self::code(self::config($path, $prefix)));
        }
        if (isset($from['prompt']) && $claims === [] && defined('STDIN') && stream_isatty(STDIN)) {
            try {
                $add('prompt', self::code($from['prompt']()));
            } catch (Throwable $error) {
                // Whatever the caller's question throws is no answer.
            }
        }
        $add('stamp', self::token($env['SENTBY_STAMP'] ?? ''));
        foreach ($from['stamps'] ?? [] as $path) {
            $add('stamp', self::token(self::small($path, 1024)));
        }
        $add(...self::url($from['url'] ?? ''));
        $name = preg_split('/[\\\\\/]/', $from['self'] ?? '');
        preg_match('/^.*-ref_([A-Za-z0-9]{2,32})(?:[. (]|$)/D', end($name), $found);
        $add('filename', self::code($found[1] ?? ''));
        return $claims;
    }

    /** One line that carries a claim out of a site without internet (docs/claim-line.md). */
    public static function claimLine(array $line): string
    {
        $text = 'sentby1:product=' . rawurlencode($line['product']) . '&install=' . rawurlencode($line['install']);
        foreach (['version', 'parent', 'at'] as $name) {
            $text .= ($line[$name] ?? '') === '' ? '' : "&$name=" . rawurlencode($line[$name]);
        }
        foreach ($line['claims'] ?? [] as [$source, $value]) {
            $text .= '&claim=' . rawurlencode("$source:$value");
        }
        return $text . '&check=' . hash('adler32', $text);
    }

    /**
     * Tells the collector, or keeps it for the next call: ['status' =>, 'code' =>?, 'reason' =>?, 'receipt' =>?, 'queued' =>?].
     *
     * @param array $how consent (true, or 'notice' where telling is enough; needed), notice (callable), explicit, force
     */
    public function report(array $how = []): array
    {
        try {
            $obstacle = $this->obstacle($how);
            if ($obstacle !== null) {
                return ['status' => 'not_sent', 'reason' => $obstacle];
            }
            $this->load();
            if (self::isOn($this->env['SENTBY_DEBUG'] ?? '')) {
                $this->debug();
                return ['status' => 'not_sent', 'reason' => 'debug'];
            }
            if (($this->state['noticed'] ?? '') === '') {
                ($how['notice'] ?? [self::class, 'say'])(sprintf('%s tells %s once that it was installed: a random id, its version and ' .
                    'the code of the partner who recommended it. SENTBY_PARTNER=none tells nothing.',
                    $this->options['product'], parse_url($this->options['endpoint'], PHP_URL_HOST)));
            }
            $this->state['noticed'] = '1';
            $this->end = microtime(true) + $this->options['timeout'];
            $isKept = $this->keep();
            if (!$isKept) { // an id that was kept once still holds, its receipt could not be replaced
                $this->isEphemeral = $this->isFirst && $this->options['install'] === null;
                $this->pending = [$this->fresh];
                unset($this->state['receipt'], $this->state['code']);
            }
            return $this->send($isKept, false);
        } catch (Throwable $error) {
            return ['status' => 'not_sent', 'reason' => 'invalid_option'];
        }
    }

    /** The claim line of this installation; nothing is sent. Null after an explicit none. */
    public function offlineClaim(): ?string
    {
        try {
            if ($this->isDeclined()) {
                return null;
            }
            $line = $this->load();
            $this->keep();
            return $line;
        } catch (Throwable $error) {
            return null;
        }
    }

    /** Tells a code that somebody typed after the installation; keeps it for the next call where that fails. */
    public function setPartner(string $code): array
    {
        $typed = self::code($code);
        if ($typed === null || $typed === 'none') {
            return $typed === null ? ['status' => 'refused', 'reason' => 'not_a_code'] : ['status' => 'not_sent', 'reason' => 'declined'];
        }
        try {
            $this->load();
            $this->pending = array_values(array_diff($this->pending, [$this->fresh]));
            $this->state['code'] = $typed;
            $this->end = microtime(true) + $this->options['timeout'];
            if ($this->pending === [] && !$this->isFirst) {
                return $this->tellCode();
            }
            if ($this->isFirst) {
                unset($this->state['install']);
            }
            return $this->keep() ? ['status' => 'queued', 'queued' => true, 'reason' => 'not_reported']
                : ['status' => 'not_sent', 'reason' => 'not_reported'];
        } catch (Throwable $error) {
            return ['status' => 'not_sent', 'reason' => 'invalid_option'];
        }
    }

    /** The canonical form of what somebody typed; 'none'; null where it is no code. */
    private static function code($text): ?string
    {
        if (!is_string($text) || !preg_match('/^[A-Za-z0-9 \t\r\n._-]{1,64}$/D', $text)) {
            return null;
        }
        $code = strtoupper(preg_replace('/[ \t\r\n._-]/', '', $text));
        return $code === 'NONE' ? 'none' : (preg_match('/^.{2,32}$/D', $code) ? $code : null);
    }

    /** A stamp's token; 'none'; null. */
    private static function token(string $text): ?string
    {
        if (!preg_match('/^([A-Za-z0-9._-]{1,512})\n?$/D', $text, $found)) {
            return null;
        }
        return strtolower($found[1]) === 'none' ? 'none' : $found[1];
    }

    private static function small(string $path, int $limit): string
    {
        $isFine = strpos($path, "\0") === false && @is_file($path) && @is_readable($path) && @filesize($path) <= $limit;
        return $isFine ? (string) @file_get_contents($path, false, null, 0, $limit) : '';
    }

    /** The key partner of a JSON object, or the first line PARTNER=… of another file. */
    private static function config(string $path, string $prefix)
    {
        $text = self::small($path, 65536);
        if (preg_match('/^[ \t\r\n]*\{/', $text)) {
            return json_decode($text, true)['partner'] ?? null;
        }
        $line = '/^[ \t]*(?:export )?(?:' . $prefix . '_)?PARTNER[ \t]*=[ \t]*([^\r\n]*)/im';
        return preg_match($line, $text, $found) ? preg_replace('/^["\']|["\']$/D', '', trim($found[1])) : null;
    }

    private static function flag(array $argv): string
    {
        $found = '';
        foreach ($argv as $n => $argument) {
            if ($argument === '--') {
                break;
            }
            $next = $argv[$n + 1] ?? '';
            $given = strncmp($argument, '--partner=', 10) === 0 ? (string) substr($argument, 10) : '';
            $given = $argument === '--partner' && strncmp($next, '-', 1) !== 0 ? $next : $given;
            $given = $argument === '--no-partner' ? 'none' : $given;
            $found = trim($given, " \t\r\n") === '' ? $found : $given;
        }
        return $found;
    }

    /** The token of /dl/<token>/ is a stamp wherever it stands; the code of ?via= is a hint. */
    private static function url(string $url): array
    {
        [$path, $query] = explode('?', explode('#', $url)[0], 2) + ['', ''];
        if (!preg_match('/^https?:\/\//', $url)) {
            return ['url', null];
        }
        if (preg_match('/^.*\/dl\/(s\d\.[A-Za-z0-9._-]{1,500})\//', $path, $found)) {
            return ['stamp', $found[1]];
        }
        return ['url', preg_match('/(?:^|&)via=([^&]*)/', $query, $found) ? self::code($found[1]) : null];
    }

    private function isDeclined(): bool
    {
        $claims = $this->options['claims'];
        return $claims !== [] && end($claims)[1] === 'none';
    }

    private function obstacle(array $how): ?string
    {
        $consent = $how['consent'] ?? null;
        if ($this->isDeclined()) {
            return 'declined';
        }
        if ($consent !== true && $consent !== 'notice') {
            return 'no_consent';
        }
        foreach (($how['force'] ?? false) ? [] : self::CI as $name) {
            if (self::isOn($this->env[$name] ?? '')) {
                return 'ci';
            }
        }
        $isTyped = in_array($this->options['claims'][0][0] ?? '', ['flag', 'env', 'config', 'prompt'], true);
        return self::isOn($this->env['DO_NOT_TRACK'] ?? '') && !(($how['explicit'] ?? false) && $isTyped) ? 'do_not_track' : null;
    }

    /** Reads the state, and puts the line of this report among those that wait; gives the line that says it. */
    private function load(): string
    {
        if (!preg_match('/^https?:\/\/[^?#]+$/D', $this->options['endpoint'])) {
            throw new InvalidArgumentException('endpoint');
        }
        $store = $this->options['store'];
        try {
            $text = is_array($store) ? (string) $store[0]() : self::small((string) $store, 131072);
        } catch (Throwable $error) {
            $text = '';
        }
        $this->state = $this->pending = [];
        preg_match_all('/^([a-z]+)=([!-~]{1,8192})$/m', $text, $pairs, PREG_SET_ORDER);
        foreach ($pairs as [, $name, $value]) {
            if ($name === 'pending' && preg_match(self::LINE, $value)) {
                $this->pending[] = $value;
            } elseif (in_array($name, self::FIELDS, true)) {
                $this->state[$name] = $value;
            }
        }
        $this->identify();
        $now = microtime(true);
        $at = $this->options['at'] ?? gmdate('Y-m-d\TH:i:s', (int) $now) . sprintf('.%03dZ', (int) (($now - floor($now)) * 1000));
        $this->fresh = self::claimLine(['at' => $at] + $this->state + $this->options);
        foreach ($this->pending as $line) {
            if (self::same($line) === self::same($this->fresh)) {
                return $line;
            }
        }
        if (count($this->pending) < 8) {
            $this->pending[] = $this->fresh;
        }
        return $this->fresh;
    }

    private function identify(): void
    {
        $native = $this->options['install'];
        $kept = $this->state['install'] ?? null;
        $this->isFirst = $kept === null;
        if ($native !== null && $native !== ($this->state['native'] ?? null)) {
            if ($native !== $kept) { // the product's id has changed: a copy was made
                unset($this->state['receipt']);
                $this->state['parent'] = $kept ?? $this->state['parent'] ?? '';
            }
            $this->state['install'] = $this->state['native'] = $native;
        }
        foreach (['parent', 'visitor'] as $name) {
            $this->state[$name] = $this->options[$name] ?? $this->state[$name] ?? '';
        }
        $this->state['install'] = $this->state['install'] ?? self::id();
        if (!preg_match('/^[A-Za-z0-9._:-]{1,128}$/D', $this->state['install'])) {
            throw new InvalidArgumentException('install');
        }
    }

    private static function id(): string
    {
        $hex = bin2hex(random_bytes(16));
        return preg_replace('/^(.{8})(.{4}).(.{3}).(.{3})(.*)$/', '$1-$2-4$3-a$4-$5', $hex);
    }

    private function keep(): bool
    {
        $text = '';
        foreach (self::FIELDS as $name) {
            $text .= ($this->state[$name] ?? '') === '' ? '' : "$name={$this->state[$name]}\n";
        }
        foreach ($this->pending as $line) {
            $text .= "pending=$line\n";
        }
        $store = $this->options['store'];
        try {
            if (is_array($store)) {
                $store[1]($text);
                return true;
            }
            return is_string($store) && self::replace($store, $text);
        } catch (Throwable $error) {
            return false;
        }
    }

    /** A file that only its owner reads, replaced as a whole. */
    private static function replace(string $path, string $text): bool
    {
        $folder = dirname($path);
        if (is_dir($path) || (!is_dir($folder) && !@mkdir($folder, 0700, true))) {
            return false;
        }
        $fresh = $path . '.' . bin2hex(random_bytes(8));
        $isKept = @touch($fresh) && @chmod($fresh, 0600) && @file_put_contents($fresh, $text) === strlen($text) && @rename($fresh, $path);
        if (!$isKept) {
            @unlink($fresh);
        }
        return $isKept;
    }

    private function send(bool $isKept, bool $isCopy): array
    {
        $answer = [];
        foreach ($this->pending as $line) {
            $answer = $this->post('/v1/installs', $this->form($line));
            if ($answer['status'] === 'failed') {
                return ($isKept ? ['status' => 'queued', 'queued' => true] : ['status' => 'not_sent']) + $answer;
            }
            if ($answer['status'] === 'cloned' && !$isCopy) {
                return $this->sendAsCopy();
            }
            $this->pending = array_values(array_diff($this->pending, [$line]));
            $this->take($answer);
            $this->keep();
        }
        return ($this->state['code'] ?? '') === '' ? $answer : $this->tellCode();
    }

    /** Somebody went on from the original: this is the copy. It gets its own id, kept before it is told. */
    private function sendAsCopy(): array
    {
        $old = $this->state['install'];
        $this->state = ['install' => self::id(), 'parent' => $old, 'receipt' => ''] + $this->state;
        $renew = function (string $line) use ($old): string {
            $own = '&install=' . rawurlencode($old) . '&';
            if (strpos($line, $own) === false) {
                return $line;
            }
            $text = preg_replace(['/&check=.*/', '/&parent=[^&]*/'], '', $line);
            $text = str_replace($own, "&install={$this->state['install']}&", $text);
            $text = preg_replace('/&at=/', '&parent=' . rawurlencode($old) . '&at=', $text, 1);
            return $text . '&check=' . hash('adler32', $text);
        };
        $this->pending = array_map($renew, $this->pending);
        $this->fresh = $renew($this->fresh);
        return $this->keep() ? $this->send(true, true) : ['status' => 'cloned', 'reason' => 'not_kept'];
    }

    private function tellCode(): array
    {
        $path = '/v1/installs/' . rawurlencode($this->state['install']) . '/claim';
        $answer = $this->post($path, 'code=' . $this->state['code']);
        if ($answer['status'] === 'failed') {
            return ($this->keep() ? ['status' => 'queued', 'queued' => true] : ['status' => 'not_sent']) + $answer;
        }
        $this->take($answer);
        unset($this->state['code']);
        $this->keep();
        return $answer;
    }

    private function take(array $answer): void
    {
        $receipt = $answer['receipt'] ?? '';
        if (is_string($receipt) && preg_match('/^[!-~]{1,256}$/D', $receipt)) {
            $this->state['receipt'] = $receipt;
        }
    }

    /** A line as a form; without its time where it is told as it happens. */
    private function form(string $line): string
    {
        $text = preg_replace(['/^sentby1:/', '/&check=.*/'], '', $line);
        $text = $line === $this->fresh ? preg_replace('/&at=[^&]*/', '', $text) : $text;
        $more = ['visitor' => $this->state['visitor'] ?? '', 'receipt' => $this->state['receipt'] ?? '',
            'ephemeral' => $this->isEphemeral ? 'true' : ''];
        if (strpos($line, '&install=' . rawurlencode($this->state['install']) . '&') === false) {
            $more['receipt'] = '';
        }
        foreach (array_filter($more, 'strlen') as $name => $value) {
            $text .= "&$name=" . rawurlencode($value);
        }
        return $text;
    }

    /** The collector's answer; its status is 'failed' where it may be sent again. */
    private function post(string $path, string $form): array
    {
        $left = $this->end - microtime(true);
        [$status, $text] = $left <= 0 ? [0, ''] : $this->request($this->options['endpoint'] . $path, "key={$this->options['key']}&$form", $left);
        $answer = json_decode($text, true);
        $answer = is_array($answer) ? $answer : [];
        if ($status >= 200 && $status < 300) {
            $isOurs = in_array($answer['status'] ?? null, self::STATUSES, true);
            return $isOurs ? $answer : ['status' => 'failed', 'reason' => 'bad_answer'];
        }
        $isFinal = $status >= 400 && $status < 500 && !in_array($status, [408, 425, 429], true);
        if ($isFinal && is_string($answer['code'] ?? null)) {
            return ['status' => 'refused', 'reason' => $answer['code']];
        }
        $isLate = microtime(true) >= $this->end - 0.05;
        return ['status' => 'failed', 'reason' => $status > 0 ? "http_$status" : ($isLate ? 'timeout' : 'connection_failed')];
    }

    /** @return array [status or 0, body] */
    private function request(string $url, string $body, float $left): array
    {
        if (!function_exists('curl_init')) {
            $http = ['method' => 'POST', 'content' => $body, 'timeout' => $left, 'follow_location' => 0, 'ignore_errors' => true,
                'header' => 'Content-Type: application/x-www-form-urlencoded'];
            $text = @file_get_contents($url, false, stream_context_create(['http' => $http]), 0, 65536);
            preg_match('/^HTTP\/\S+ (\d{3})/', $http_response_header[0] ?? '', $found);
            return [$text === false ? 0 : (int) ($found[1] ?? 0), (string) $text];
        }
        $curl = curl_init($url);
        curl_setopt_array($curl, [CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true, CURLOPT_NOSIGNAL => true,
            CURLOPT_TIMEOUT_MS => max(1, (int) ($left * 1000)), CURLOPT_FOLLOWLOCATION => false]);
        $text = curl_exec($curl);
        return [$text === false ? 0 : (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), (string) $text];
    }

    private function debug(): void
    {
        $shown = ['key' => $this->options['key']];
        $claims = [];
        foreach (explode('&', $this->form($this->fresh)) as $field) {
            [$name, $value] = array_map('rawurldecode', explode('=', $field, 2));
            if ($name === 'claim') {
                $claims[] = $value;
            } else {
                $shown[$name] = $value;
            }
        }
        self::say(json_encode($shown + ['claim' => $claims], JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE));
    }

    private static function say(string $text): void
    {
        @file_put_contents('php://stderr', "$text\n");
    }

    private static function same(string $line): string
    {
        return preg_replace(['/&at=[^&]*/', '/&check=.*/'], '', $line);
    }

    private static function isOn(string $value): bool
    {
        return !in_array(strtolower($value), ['', '0', 'false'], true);
    }
}
