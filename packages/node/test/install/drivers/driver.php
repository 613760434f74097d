<?php
// Reads cases from standard input, gives their results on standard output.
require $argv[1];

function answered(array $case)
{
    $case = array_filter($case, static fn ($value) => $value !== null);
    if ($case['do'] === 'line') {
        return SentbyInstall\claimLine($case);
    }
    $claims = SentbyInstall\resolve($case['product'], ['name' => $case['self'] ?? ''] + $case);
    if ($case['do'] === 'search') {
        return array_map(static fn ($claim) => implode(':', $claim), $claims);
    }
    return SentbyInstall\report(['claims' => $claims] + $case);
}

$cases = json_decode(stream_get_contents(STDIN), true);
echo json_encode(array_map('answered', $cases));
exit(7);
