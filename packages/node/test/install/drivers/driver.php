<?php
// Reads cases from standard input, gives their results on standard output.
require $argv[1];

function resolved(array $case): array
{
    return SentbyInstall::resolve($case['product'], ['argv' => $case['argv'], 'env' => $case['env'], 'config' => $case['config'],
        'stamps' => $case['stamps'], 'url' => $case['url'], 'self' => $case['self']]);
}

function answered(array $case)
{
    if ($case['do'] === 'line') {
        return SentbyInstall::claimLine($case);
    }
    if ($case['do'] === 'search') {
        return array_map(static fn ($claim) => implode(':', $claim), resolved($case));
    }
    $install = new SentbyInstall(['claims' => resolved($case)] + array_filter($case, static fn ($value) => $value !== null));
    if ($case['do'] === 'partner') {
        return $install->setPartner($case['code']);
    }
    return $case['do'] === 'offline' ? $install->offlineClaim() : $install->report($case);
}

$cases = json_decode(stream_get_contents(STDIN), true);
echo json_encode(array_map('answered', $cases));
exit(7);
