<?php
/**
 * What FreePBX does with an uploaded module, without FreePBX: freepbx.php MODULE.tar.gz SITE
 *
 * tar unpacks it, one folder has to come out; the files that module.sig lists must have their hashes, others are not
 * looked at; the module's folder is wiped and filled anew, without hidden files; install.php runs at each upgrade too.
 * A site is a folder. The last line that is printed is JSON.
 */

interface BMO
{
    public function install();

    public function uninstall();
}

/** FreePBX's base class for modules; the real one keeps their settings. */
class FreePBX_Helpers
{
}

/** FreePBX::Config()->get('ASTVARLIBDIR') is Asterisk's own folder: /var/lib/asterisk. */
class FreePBX
{
    public static string $site = '';

    public static function Config(): self
    {
        return new self();
    }

    public function get(string $name): string
    {
        return $name === 'ASTVARLIBDIR' ? self::$site . '/lib' : '';
    }
}

function out($text)
{
    echo $text, "\n";
}

function stop(string $why): void
{
    fwrite(STDERR, "$why\n");
    exit(1);
}

function shell(string $command): void
{
    exec("$command 2>&1", $lines, $code);
    if ($code !== 0) {
        stop("$command: " . implode("\n", $lines));
    }
}

/** How many files module.sig vouches for; stops where one of them was changed. */
function verifyModule(string $folder): int
{
    $listed = parse_ini_file("$folder/module.sig", true, INI_SCANNER_RAW)['hashes'] ?? [];
    foreach ($listed as $file => $hash) {
        if (!is_file("$folder/$file") || hash_file('sha256', "$folder/$file") !== $hash) {
            stop("TAMPERED: $file");
        }
    }
    return count($listed);
}

function filesBelow(string $folder): array
{
    $found = [];
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($folder, FilesystemIterator::SKIP_DOTS)) as $file) {
        $found[] = substr($file->getPathname(), strlen(dirname($folder)) + 1);
    }
    sort($found);
    return $found;
}

[, $archive, FreePBX::$site] = $argv;
$upload = FreePBX::$site . '/upload';
shell('rm -rf ' . escapeshellarg($upload) . ' && mkdir -p ' . escapeshellarg($upload));
shell('tar -xzf ' . escapeshellarg($archive) . ' -C ' . escapeshellarg($upload));
$folders = glob("$upload/*");
if (count($folders) !== 1 || !is_dir($folders[0])) {
    stop('one folder is expected in the archive');
}
$raw = basename($folders[0]);
if (strpos(file_get_contents("$folders[0]/module.xml"), "<rawname>$raw</rawname>") === false) {
    stop("the folder is not named as the module: $raw");
}
out("module.sig: good, " . verifyModule($folders[0]) . ' files');

$module = FreePBX::$site . "/modules/$raw";
shell('rm -rf ' . escapeshellarg($module) . ' && mkdir -p ' . escapeshellarg($module));
shell('cp -R ' . escapeshellarg($folders[0]) . '/* ' . escapeshellarg($module));

shell('mkdir -p ' . escapeshellarg(FreePBX::Config()->get('ASTVARLIBDIR')));
require_once "$module/" . ucfirst($raw) . '.class.php';
(function (string $path) { // in a scope of its own: the module's variables are not ours
    require $path;
})("$module/install.php");
$store = (string) @file_get_contents(FreePBX::Config()->get('ASTVARLIBDIR') . "/$raw.sentby");
echo json_encode(['module' => $raw, 'kept' => filesBelow($module), 'store' => $store]), "\n";
