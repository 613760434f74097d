<?php
namespace FreePBX\modules;

/** The module's object; what installs it is install.php. */
class Pbx extends \FreePBX_Helpers implements \BMO
{
    public function install()
    {
    }

    public function uninstall()
    {
    }
}
