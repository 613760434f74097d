<?php
echo load_view(__DIR__ . '/views/main.php', ['server' => FreePBX::Pbx()->getConfig('server')]);
